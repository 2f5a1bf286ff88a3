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
use std::fmt::Write;

use prost::Message;

use super::client::Client;
use super::messages::{
    BOUNDED, BoolResponse, CollectionSchema, CreateCollectionRequest, CreateIndexRequest,
    DeleteRequest, EXPRESSION, FLOAT_VECTOR, FieldData, FieldSchema, HasCollectionRequest, INT64,
    KeyValuePair, LoadCollectionRequest, MutationResult, PlaceholderGroup, PlaceholderValue,
    QueryRequest, QueryResults, STRONG, SearchRequest, SearchResults, Status, UpsertRequest,
};
use crate::index::{Code, DIM, Hit, STEP, SearchError, values};
use crate::settings;
use crate::store::records::TrackId;

/// Bits of an `id` that are the place in the track: 24 are a thousand hours.
const PLACE_BITS: u32 = 24;
/// Rows written at once: half a megabyte.
const ROWS: usize = 2000;

pub struct Collection {
    client: Client,
    name: String,
    settings: settings::Milvus,
}

macro_rules! method {
    ($name:literal) => {
        concat!("/milvus.proto.milvus.MilvusService/", $name)
    };
}

impl Collection {
    /// That of the network `model` and of a library.
    pub fn new(client: Client, model: &str, library: &str, settings: &settings::Milvus) -> Self {
        Self { client, name: format!("echovibe_{model}_{library}"), settings: settings.clone() }
    }

    pub fn is_there(&self) -> Result<bool, SearchError> {
        let asked = HasCollectionRequest { db_name: self.database(), collection_name: self.name() };
        let answer: BoolResponse = self.client.call(method!("HasCollection"), asked)?;
        Ok(answer.value)
    }

    /// Makes it, with its index, where it is not there.
    pub fn make(&self) -> Result<(), SearchError> {
        if !self.is_there()? {
            let create = CreateCollectionRequest {
                db_name: self.database(),
                collection_name: self.name(),
                schema: schema(&self.name).encode_to_vec(),
                consistency_level: BOUNDED,
                num_partitions: i64::from(self.settings.partitions),
            };
            self.client.call::<Status>(method!("CreateCollection"), create)?;
            tracing::info!("the collection {} was made", self.name);
        }
        let create = CreateIndexRequest {
            db_name: self.database(),
            collection_name: self.name(),
            field_name: "code".to_owned(),
            extra_params: vec![
                KeyValuePair::new("index_type", &self.settings.index_type),
                KeyValuePair::new("metric_type", "COSINE"),
                KeyValuePair::new("params", format!("{{\"nlist\": {}}}", self.settings.nlist)),
            ],
        };
        // Where there is one already, Milvus says so: the one there is stays.
        match self.client.call::<Status>(method!("CreateIndex"), create) {
            Err(SearchError::Refused(told)) => tracing::debug!("{told}"),
            other => other.map(|_| ())?,
        }
        Ok(())
    }

    /// Has it ready to be searched.
    pub fn load(&self) -> Result<(), SearchError> {
        let load = LoadCollectionRequest {
            db_name: self.database(),
            collection_name: self.name(),
            replica_number: 1,
        };
        self.client.call::<Status>(method!("LoadCollection"), load).map(|_| ())
    }

    /// Which versions of these tracks it has whole.
    pub fn versions(&self, tracks: &[TrackId]) -> Result<HashMap<TrackId, u64>, SearchError> {
        if tracks.is_empty() {
            return Ok(HashMap::new());
        }
        let query = QueryRequest {
            db_name: self.database(),
            collection_name: self.name(),
            expr: format!("id in [{}]", list(tracks.iter().map(|track| id(*track, 0)))),
            output_fields: ["id", "version"].map(str::to_owned).to_vec(),
            consistency_level: STRONG,
        };
        let answer: QueryResults = self.client.call(method!("Query"), query)?;
        let mut fields: HashMap<String, Vec<i64>> = HashMap::new();
        for field in answer.fields_data {
            fields.insert(field.field_name.clone(), field.into_numbers());
        }
        let mut numbers = |name: &str| fields.remove(name).unwrap_or_default();
        let (ids, versions) = (numbers("id"), numbers("version"));
        Ok(ids.iter().zip(versions).map(|(id, version)| (place(*id).0, version as u64)).collect())
    }

    /// Writes a track: every second of its fingerprints.
    pub fn put(&self, track: TrackId, version: u64, codes: &[Code]) -> Result<(), SearchError> {
        let places: Vec<usize> = (0..codes.len()).step_by(STEP).rev().collect();
        for places in places.chunks(ROWS) {
            let rows = places.len();
            let ids = places.iter().map(|place| id(track, *place as u32)).collect();
            let vectors = places.iter().flat_map(|place| values(&codes[*place])).collect();
            let upsert = UpsertRequest {
                db_name: self.database(),
                collection_name: self.name(),
                fields_data: vec![
                    FieldData::numbers("id", ids),
                    FieldData::numbers("track", vec![i64::from(track.0); rows]),
                    FieldData::numbers("version", vec![version as i64; rows]),
                    FieldData::vectors("code", DIM, vectors),
                ],
                num_rows: rows as u32,
            };
            let done: MutationResult = self.client.call(method!("Upsert"), upsert)?;
            if !done.err_index.is_empty() {
                let told = format!("{} rows of track {track} were not taken", done.err_index.len());
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
        let delete = DeleteRequest {
            db_name: self.database(),
            collection_name: self.name(),
            expr: format!("track in [{}]", list(tracks.iter().map(|track| i64::from(track.0)))),
        };
        self.client.call::<MutationResult>(method!("Delete"), delete).map(|_| ())
    }

    /// For each query the `count` nearest fingerprints, nearest first.
    pub fn search(&self, queries: &[Code], count: usize) -> Result<Vec<Vec<Hit>>, SearchError> {
        let bytes = |query: &Code| values(query).iter().flat_map(|v| v.to_le_bytes()).collect();
        let placeholder = PlaceholderValue {
            tag: "$0".to_owned(),
            data_type: FLOAT_VECTOR,
            values: queries.iter().map(bytes).collect(),
        };
        let search = SearchRequest {
            db_name: self.database(),
            collection_name: self.name(),
            dsl: String::new(),
            placeholder_group: PlaceholderGroup { placeholders: vec![placeholder] }.encode_to_vec(),
            dsl_type: EXPRESSION,
            search_params: vec![
                KeyValuePair::new("anns_field", "code"),
                KeyValuePair::new("topk", count),
                KeyValuePair::new("metric_type", "COSINE"),
                KeyValuePair::new("params", format!("{{\"nprobe\": {}}}", self.settings.nprobe)),
                KeyValuePair::new("round_decimal", -1),
                KeyValuePair::new("ignore_growing", "false"),
            ],
            nq: queries.len() as i64,
            consistency_level: BOUNDED,
        };
        let answer: SearchResults = self.client.call(method!("Search"), search)?;
        let found = answer.results.unwrap_or_default();
        let ids = found.ids.and_then(|ids| ids.int_id).unwrap_or_default().data;
        let mut hits = ids.into_iter().zip(found.scores).map(|(id, cosine)| {
            let (track, window) = place(id);
            Hit { key: track.0, window, cosine }
        });
        let mut all: Vec<Vec<Hit>> =
            found.topks.iter().map(|k| hits.by_ref().take(*k as usize).collect()).collect();
        all.resize(queries.len(), Vec::new());
        Ok(all)
    }

    fn database(&self) -> String {
        self.client.database.clone()
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}

fn schema(name: &str) -> CollectionSchema {
    let number = |name: &str| FieldSchema {
        name: name.to_owned(),
        data_type: INT64,
        ..FieldSchema::default()
    };
    let fields = vec![
        FieldSchema { is_primary_key: true, ..number("id") },
        FieldSchema { is_partition_key: true, ..number("track") },
        number("version"),
        FieldSchema {
            name: "code".to_owned(),
            data_type: FLOAT_VECTOR,
            type_params: vec![KeyValuePair::new("dim", DIM)],
            ..FieldSchema::default()
        },
    ];
    let description = "fingerprints of EchoVibe; made from its store".to_owned();
    CollectionSchema { name: name.to_owned(), description, fields }
}

fn id(track: TrackId, window: u32) -> i64 {
    i64::from(track.0) << PLACE_BITS | i64::from(window)
}

fn place(id: i64) -> (TrackId, u32) {
    (TrackId((id >> PLACE_BITS) as u32), (id & ((1 << PLACE_BITS) - 1)) as u32)
}

fn list(numbers: impl Iterator<Item = i64>) -> String {
    let mut list = String::new();
    for number in numbers {
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{comma}{number}");
    }
    list
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_tells_track_and_place() {
        for (track, window) in [(1, 0), (7, 13), (u32::MAX, (1 << PLACE_BITS) - 1)] {
            assert_eq!(place(id(TrackId(track), window)), (TrackId(track), window));
        }
        assert_eq!(list([1, 22, 3].into_iter()), "1,22,3");
    }
}
