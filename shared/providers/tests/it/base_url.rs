use providers::{BaseUrl, InvalidBaseUrl};
use test_case::test_case;

#[test_case("https://api.example/2", "https://api.example/2"; "without a final slash")]
#[test_case("https://api.example/2/", "https://api.example/2"; "with a final slash")]
#[test_case(" https://api.example ", "https://api.example/"; "without a path")]
#[test_case("http://127.0.0.1:8080/x/", "http://127.0.0.1:8080/x"; "loopback in plain http")]
#[test_case("http://[::1]:8080", "http://[::1]:8080/"; "IPv6 loopback in plain http")]
#[test_case("http://localhost:1", "http://localhost:1/"; "localhost in plain http")]
#[test_case("http://host.docker.internal:1", "http://host.docker.internal:1/"; "a container's machine in plain http")]
fn accepts(text: &str, normal: &str) {
    assert_eq!(text.parse::<BaseUrl>().unwrap().to_string(), normal);
}

#[test_case("api.example", InvalidBaseUrl::Form; "no scheme")]
#[test_case("", InvalidBaseUrl::Form; "nothing")]
#[test_case("mailto:a@example", InvalidBaseUrl::Form; "no host")]
#[test_case("http://api.example/", InvalidBaseUrl::Scheme; "plain http to elsewhere")]
#[test_case("http://127.0.0.1.example/", InvalidBaseUrl::Scheme; "a name that looks like loopback")]
#[test_case("http://10.0.0.1/", InvalidBaseUrl::Scheme; "plain http to a private network")]
#[test_case("ftp://localhost/", InvalidBaseUrl::Scheme; "another scheme")]
#[test_case("https://me@api.example/", InvalidBaseUrl::Extra; "user")]
#[test_case("https://me:pass@api.example/", InvalidBaseUrl::Extra; "password")]
#[test_case("https://api.example/?a=b", InvalidBaseUrl::Extra; "query")]
#[test_case("https://api.example/#a", InvalidBaseUrl::Extra; "fragment")]
fn refuses(text: &str, reason: InvalidBaseUrl) {
    assert_eq!(text.parse::<BaseUrl>(), Err(reason));
}

#[test_case("..", "https://api.example/2/events"; "a step up stays where it is")]
#[test_case("a/b", "https://api.example/2/events/a%2Fb"; "a slash")]
#[test_case("a?b=c", "https://api.example/2/events/a%3Fb=c"; "a question mark")]
#[test_case("a#b", "https://api.example/2/events/a%23b"; "a fragment")]
#[test_case("%2e%2e", "https://api.example/2/events/%252e%252e"; "an encoded step up")]
fn segments_cannot_leave_their_place(segment: &str, url: &str) {
    let base: BaseUrl = "https://api.example/2/".parse().unwrap();
    assert_eq!(base.join(["events", segment]).as_str(), url);
}
