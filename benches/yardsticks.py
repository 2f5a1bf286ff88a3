"""The yardsticks of `collab` by the Python package implicit, on the split that it wrote.

    cargo bench --bench collab -- --split split.csv
    pip install implicit numpy scipy && python benches/yardsticks.py split.csv
"""

import csv
import sys

import numpy as np
import scipy.sparse as sp
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, bm25_weight

NDCG, RECALL = 10, 20


def read(path: str) -> tuple[sp.csr_matrix, sp.csr_matrix]:
    """Plays kept and held out, people by artists."""
    rows = [(int(r["user"]), int(r["artist"]), float(r["plays"]), r["held"] == "1")
            for r in csv.DictReader(open(path))]
    users = {user: place for place, user in enumerate(sorted({row[0] for row in rows}))}
    artists = {artist: place for place, artist in enumerate(sorted({row[1] for row in rows}))}

    def part(held: bool) -> sp.csr_matrix:
        of_part = [row for row in rows if row[3] == held]
        places = ([users[row[0]] for row in of_part], [artists[row[1]] for row in of_part])
        return sp.csr_matrix(([row[2] for row in of_part], places), (len(users), len(artists)))

    return part(False), part(True)


def measure(scores: np.ndarray, kept: sp.csr_matrix, held: sp.csr_matrix) -> tuple[float, float]:
    """NDCG and recall over the people with anything held out."""
    scores = np.array(scores, dtype=np.float32)
    scores[kept.nonzero()] = -np.inf
    discount = 1 / np.log2(np.arange(NDCG) + 2)
    gains, recalls = [], []
    for person in range(len(scores)):
        wanted = held.indices[held.indptr[person]:held.indptr[person + 1]]
        if len(wanted):
            order = np.argsort(-scores[person], kind="stable")[:RECALL]
            hits = np.isin(order, wanted)
            gains.append((hits[:NDCG] * discount).sum() / discount[:len(wanted)].sum())
            recalls.append(hits.sum() / len(wanted))
    return float(np.mean(gains)), float(np.mean(recalls))


def main() -> None:
    kept, held = read(sys.argv[1])
    popularity = np.asarray((kept > 0).sum(0)).ravel()
    systems = {"popularity": np.tile(popularity, (kept.shape[0], 1))}
    neighbours = BM25Recommender()
    neighbours.fit(kept, show_progress=False)
    systems["BM25Recommender, its defaults (20 neighbours)"] = (kept @ neighbours.similarity).toarray()
    for k1, b, options in [(100, 0.8, {"factors": 128}), (1.2, 0.75, {"factors": 128}),
                           (1.2, 0.75, {"factors": 48, "regularization": 5.0})]:
        factors = AlternatingLeastSquares(random_state=1, **options)
        factors.fit(bm25_weight(kept, k1, b).tocsr(), show_progress=False)
        systems[f"ALS, BM25 {k1}/{b}, {options}"] = factors.user_factors @ factors.item_factors.T
    print("| implicit | NDCG@10 | recall@20 |\n| --- | --- | --- |")
    for name, scores in systems.items():
        print("| {} | {:.4f} | {:.4f} |".format(name, *measure(scores, kept, held)))


if __name__ == "__main__":
    main()
