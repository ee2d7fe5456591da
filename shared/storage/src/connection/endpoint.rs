//! Where a service is.

use aws_sdk_dynamodb::config::endpoint::{Endpoint, EndpointFuture, SharedEndpointResolver};
use aws_smithy_runtime_api::client::endpoint::{EndpointResolverParams, ResolveEndpoint};

/// The one address of a service that this process calls. The SDK would read a list of all of AWS's partitions at the
/// first call of each service, to find the suffix that is told here by the region.
#[derive(Debug)]
struct OneEndpoint(Endpoint);

impl ResolveEndpoint for OneEndpoint {
    fn resolve_endpoint<'a>(&'a self, _: &'a EndpointResolverParams) -> EndpointFuture<'a> {
        EndpointFuture::ready(Ok(self.0.clone()))
    }
}

/// The address of `service` (`dynamodb`) in `region`. Isolated regions, which have suffixes of their own, need an
/// endpoint that is told.
pub(super) fn resolver(service: &str, region: &str, told: Option<&str>) -> SharedEndpointResolver {
    let suffix = if region.starts_with("cn-") {
        "amazonaws.com.cn"
    } else {
        "amazonaws.com"
    };
    let url = told.map_or_else(|| format!("https://{service}.{region}.{suffix}"), str::to_owned);
    SharedEndpointResolver::new(OneEndpoint(Endpoint::builder().url(url).build()))
}

#[cfg(test)]
mod tests {
    use aws_smithy_runtime_api::client::endpoint::{EndpointResolverParams, ResolveEndpoint as _};

    use super::resolver;

    async fn url(service: &str, region: &str, told: Option<&str>) -> String {
        let parameters = EndpointResolverParams::new(());
        let endpoint = resolver(service, region, told)
            .resolve_endpoint(&parameters)
            .await;
        endpoint.unwrap().url().to_owned()
    }

    #[tokio::test]
    async fn a_service_is_in_its_region_unless_told_otherwise() {
        let here = "https://dynamodb.eu-central-1.amazonaws.com";
        assert_eq!(url("dynamodb", "eu-central-1", None).await, here);
        let china = "https://sqs.cn-north-1.amazonaws.com.cn";
        assert_eq!(url("sqs", "cn-north-1", None).await, china);
        let told = "http://127.0.0.1:8000";
        assert_eq!(url("sqs", "eu-central-1", Some(told)).await, told);
    }
}
