//! Analytics and the comparison of its counters, end to end.

use serde_json::json;

use crate::system::System;

#[tokio::test]
async fn the_counters_of_a_sync_are_compared_with_the_table_and_mended() {
    let system = System::synced().await;
    let before = system.analytics().await;
    let performance = before["source_performance"].as_array().unwrap();
    for source in ["ticketmaster", "seatgeek"] {
        let of_source = performance.iter().find(|stat| stat["source"] == source).unwrap();
        assert!(of_source["calls"].as_u64().unwrap() >= 4, "{of_source}");
        assert!(of_source["p50_ms"].as_u64() <= of_source["p95_ms"].as_u64());
        assert_eq!(of_source["success_rate"], 100.0);
    }
    let table = &system.local.stack().table("StateTable").unwrap().name;
    let database = system.local.aws().database();
    let key = json!({"pk": {"S": "COUNTERS"}, "sk": {"S": "source#seatgeek"}});
    let get = serde_json::from_value(json!({"TableName": table, "Key": key})).unwrap();
    let mut item = serde_json::to_value(database.get_item(get).unwrap()).unwrap()["Item"].take();
    item["events"] = json!({"N": "3"});
    let put = serde_json::from_value(json!({"TableName": table, "Item": item})).unwrap();
    database.put_item(put).unwrap();
    assert_ne!(system.analytics().await["source_stats"], before["source_stats"]);

    system
        .local
        .invoke("ReconcileFunction", &json!({}))
        .await
        .unwrap();
    system.settled().await;
    let after = system.analytics().await;
    for figures in ["source_stats", "category_stats", "import_stats"] {
        assert_eq!(after[figures], before[figures], "{figures}");
    }
    let output = system.output.text();
    assert!(
        output.contains("a counter was not the sum of what is counted"),
        "{output}"
    );
    assert!(!output.contains("an event was counted otherwise"), "{output}");
    system.local.shutdown().await;
}
