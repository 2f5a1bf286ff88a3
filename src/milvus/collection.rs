//! The collection: one of each library's fingerprints of each network.
//!
//! | field | holds |
//! | --- | --- |
//! | `id` | track and place in it, as one number |
//! | `track` | partition key |
//! | `version` | of the track's fingerprints |
//! | `code` | the fingerprint, 64 values |
//!
//! A track's first fingerprint is written last: where it is, with a version, all of that version are.

use std::collections::HashMap;

use milvus_sdk::v2::error::Error;
use milvus_sdk::v2::request::collection::{
    CreateCollectionRequest, HasCollectionRequest, LoadCollectionRequest,
};
use milvus_sdk::v2::request::dml::{DeleteRequest, InsertRequest, UpsertRequest};
use milvus_sdk::v2::request::dql::{QueryRequest, SearchRequest};
use milvus_sdk::v2::request::index::CreateIndexRequest;
use milvus_sdk::v2::types::{
    CollectionSchema, ConsistencyLevel, DataType, FieldData, FieldSchema, Ids, IndexParam,
    IndexType, MetricType, SearchVectors, SingleResult,
};

use super::client::{Client, MilvusError};
use crate::index::{Code, DIM, Hit, STEP, SearchError, values};
use crate::settings;
use crate::store::records::TrackId;

/// Bits of an `id` that are the place in the track: 24 are a thousand hours.
const PLACE_BITS: u32 = 24;
/// Rows written at once: half a megabyte.
const ROWS: usize = 2000;
/// Queries sent at once: the answer, 12 bytes a hit, has to stay below gRPC's 4 MB.
const QUERIES: usize = 1000;
/// The types of index that Milvus has for such vectors.
const INDEX_TYPES: [(&str, IndexType); 12] = [
    ("FLAT", IndexType::Flat),
    ("IVF_FLAT", IndexType::IvfFlat),
    ("IVF_SQ8", IndexType::IvfSq8),
    ("IVF_PQ", IndexType::IvfPq),
    ("IVF_RABITQ", IndexType::IvfRabitq),
    ("HNSW", IndexType::Hnsw),
    ("HNSW_SQ", IndexType::HnswSq),
    ("HNSW_PQ", IndexType::HnswPq),
    ("HNSW_PRQ", IndexType::HnswPrq),
    ("SCANN", IndexType::Scann),
    ("DISKANN", IndexType::DiskAnn),
    ("AUTOINDEX", IndexType::AutoIndex),
];

pub struct Collection {
    client: Client,
    name: String,
    index_type: IndexType,
    settings: settings::Milvus,
}

impl Collection {
    /// That of the network `model` and of a library.
    pub fn new(
        client: Client,
        model: &str,
        library: &str,
        settings: &settings::Milvus,
    ) -> Result<Self, MilvusError> {
        let given = &settings.index_type;
        let known = INDEX_TYPES.iter().find(|(name, _)| name.eq_ignore_ascii_case(given));
        let (_, index_type) = known.ok_or_else(|| MilvusError::IndexType {
            given: given.clone(),
            known: INDEX_TYPES.map(|(name, _)| name).join(", "),
        })?;
        Ok(Self {
            client,
            name: format!("echovibe_{model}_{library}"),
            index_type: *index_type,
            settings: settings.clone(),
        })
    }

    pub fn is_there(&self) -> Result<bool, SearchError> {
        self.client.call(|milvus| async move {
            let asked = HasCollectionRequest::builder().collection_name(&self.name).build()?;
            Ok(milvus.has_collection(asked).await?.exists())
        })
    }

    /// Makes it, with its index, where it is not there.
    pub fn make(&self) -> Result<(), SearchError> {
        if !self.is_there()? {
            self.client.call(|milvus| async move {
                let asked = CreateCollectionRequest::builder()
                    .collection_name(&self.name)
                    .description("fingerprints of EchoVibe; made from its store")
                    .schema(schema())
                    .num_partitions(i64::from(self.settings.partitions))
                    .consistency_level(ConsistencyLevel::Bounded)
                    .build()?;
                milvus.create_collection(asked).await
            })?;
            tracing::info!("the collection {} was made", self.name);
        }
        let made = self.client.call(|milvus| async move {
            let params = format!("{{\"nlist\": {}}}", self.settings.nlist);
            let index = IndexParam::new()
                .field_name("code")
                .index_type(self.index_type)
                .metric_type(MetricType::Cosine)
                .extra_params(HashMap::from([("params".to_owned(), params)]));
            let asked = CreateIndexRequest::builder()
                .collection_name(&self.name)
                .index_param(index)
                .sync(false)
                .build()?;
            milvus.create_index(asked).await
        });
        // Where there is one already, Milvus says so: the one there is stays.
        match made {
            Err(SearchError::Refused(told)) => tracing::debug!("{told}"),
            other => other?,
        }
        Ok(())
    }

    /// Has it ready to be searched.
    pub fn load(&self) -> Result<(), SearchError> {
        self.client.call(|milvus| async move {
            let asked = LoadCollectionRequest::builder()
                .collection_name(&self.name)
                .replica_number(1)
                .sync(false)
                .build()?;
            milvus.load_collection(asked).await
        })
    }

    /// Which versions of these tracks it has whole.
    pub fn versions(&self, tracks: &[TrackId]) -> Result<HashMap<TrackId, u64>, SearchError> {
        if tracks.is_empty() {
            return Ok(HashMap::new());
        }
        self.client.call(|milvus| async move {
            let asked = QueryRequest::builder()
                .collection_name(&self.name)
                .filter(format!("id in [{}]", list(tracks.iter().map(|track| id(*track, 0)))))
                .output_fields(["id", "version"])
                .consistency_level(ConsistencyLevel::Strong)
                .build()?;
            let answer = milvus.query(asked).await?;
            let field = |name| numbers(answer.results().get_output_field(name));
            let found = field("id").iter().zip(field("version"));
            Ok(found.map(|(id, version)| (place(*id).0, *version as u64)).collect())
        })
    }

    /// Writes a track: every second of its fingerprints.
    pub fn put(&self, track: TrackId, version: u64, codes: &[Code]) -> Result<(), SearchError> {
        let places: Vec<usize> = (0..codes.len()).step_by(STEP).rev().collect();
        for places in places.chunks(ROWS) {
            let rows = places.len();
            let columns = vec![
                FieldData::int64("id", places.iter().map(|at| id(track, *at as u32)).collect()),
                FieldData::int64("track", vec![i64::from(track.0); rows]),
                FieldData::int64("version", vec![version as i64; rows]),
                FieldData::float_vector(
                    "code",
                    places.iter().map(|at| vector(&codes[*at])).collect(),
                ),
            ];
            let done = self.client.call(|milvus| async move {
                let rows = InsertRequest::builder()
                    .collection_name(&self.name)
                    .columns(columns)
                    .build()?;
                milvus.upsert(UpsertRequest::builder().insert(rows).build()?).await
            })?;
            let refused = done.failed_indices().len();
            if refused > 0 {
                let told = format!("{refused} rows of track {track} were not taken");
                return Err(SearchError::Refused(told));
            }
        }
        Ok(())
    }

    /// Removes tracks.
    pub fn drop(&self, tracks: &[TrackId]) -> Result<(), SearchError> {
        if tracks.is_empty() {
            return Ok(());
        }
        self.client.call(|milvus| async move {
            let asked = DeleteRequest::builder()
                .collection_name(&self.name)
                .filter(format!(
                    "track in [{}]",
                    list(tracks.iter().map(|track| i64::from(track.0)))
                ))
                .build()?;
            milvus.delete(asked).await.map(|_| ())
        })
    }

    /// For each query the `count` nearest fingerprints, nearest first.
    pub fn search(&self, queries: &[Code], count: usize) -> Result<Vec<Vec<Hit>>, SearchError> {
        let mut all = Vec::with_capacity(queries.len());
        for queries in queries.chunks(QUERIES) {
            let found = self.client.call(|milvus| async move {
                let asked = SearchRequest::builder()
                    .collection_name(&self.name)
                    .vector_field("code")
                    .vectors(SearchVectors::Float(queries.iter().map(vector).collect()))
                    .metric_type(MetricType::Cosine)
                    .extra_params(HashMap::from([(
                        "nprobe".to_owned(),
                        self.settings.nprobe.to_string(),
                    )]))
                    .limit(count as i64)
                    .consistency_level(ConsistencyLevel::Bounded)
                    .build()?;
                let answer = milvus.search(asked).await?;
                let found: Option<Vec<_>> = answer.results().iter().map(hits).collect();
                found.ok_or_else(|| Error::MalformedResponse("ids are no numbers".to_owned()))
            })?;
            all.extend(found.into_iter().chain(std::iter::repeat(Vec::new())).take(queries.len()));
        }
        Ok(all)
    }
}

/// What a query found; [`None`] where ids are no numbers.
fn hits(found: &SingleResult) -> Option<Vec<Hit>> {
    let Ids::Int64(ids) = found.get_ids() else { return None };
    let hits = ids.iter().zip(found.get_scores()).map(|(id, cosine)| {
        let (track, window) = place(*id);
        Hit { key: track.0, window, cosine: *cosine }
    });
    Some(hits.collect())
}

fn schema() -> CollectionSchema {
    let number = |name: &str| FieldSchema::new().name(name).data_type(DataType::Int64);
    CollectionSchema::new()
        .add_field(number("id").primary_key(true))
        .add_field(number("track").partition_key(true))
        .add_field(number("version"))
        .add_field(
            FieldSchema::new().name("code").data_type(DataType::FloatVector).dimension(DIM as u32),
        )
}

/// The numbers of a column, where it has some.
fn numbers(column: Option<&FieldData>) -> &[i64] {
    match column {
        Some(FieldData::Int64 { values, .. }) => values,
        _ => &[],
    }
}

fn vector(code: &Code) -> Vec<f32> {
    values(code).to_vec()
}

fn id(track: TrackId, window: u32) -> i64 {
    i64::from(track.0) << PLACE_BITS | i64::from(window)
}

fn place(id: i64) -> (TrackId, u32) {
    (TrackId((id >> PLACE_BITS) as u32), (id & ((1 << PLACE_BITS) - 1)) as u32)
}

/// For an expression. Templates for its values, which Milvus has, milvus-lite does not read.
fn list(numbers: impl Iterator<Item = i64>) -> String {
    numbers.map(|number| number.to_string()).collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_track_and_place() {
        for (track, window) in [(1, 0), (7, 13), (u32::MAX, (1 << PLACE_BITS) - 1)] {
            assert_eq!(place(id(TrackId(track), window)), (TrackId(track), window));
        }
    }

    #[test]
    fn a_type_of_index_that_milvus_does_not_have_is_told() {
        let mut settings = settings::Settings::load(None).unwrap().milvus;
        "BTREE".clone_into(&mut settings.index_type);
        let client = Client::new("milvus://127.0.0.1:1", None, 1.0).unwrap();
        let Err(error) = Collection::new(client, "m", "l", &settings).map(|_| ()) else {
            panic!("BTREE was taken")
        };
        let told = error.to_string();
        assert!(told.contains("BTREE") && told.contains("IVF_SQ8"), "{told}");
    }
}
