"""Calls the service at the address given with published clients, unmodified, and writes one JSON line a call.

Started by `npm run test:clients`, over the seed corpus and the papers that it has written: see `scripts/test-clients.mjs`.
"""

import asyncio
import importlib.metadata
import json
import logging
import sys
from collections.abc import Callable

import numpy as np
import openai
from huggingface_hub import AsyncInferenceClient, HfApi, InferenceClient
from huggingface_hub.errors import BadRequestError, HfHubHTTPError
from semanticscholar import AsyncSemanticScholar, SemanticScholar
from semanticscholar.SemanticScholarException import BadQueryParametersException, ObjectNotFoundException

URL = sys.argv[1]
EDICT = "EDICT: Exact Diffusion Inversion via Coupled Transformations"
TITLE = "Beaver dams hold back floods"
DIM = 384

logging.disable(logging.WARNING)
calls: list[tuple[str, str, Callable[[], str]]] = []


def call(client: str, name: str):
    """The function checks the answer by assertions and says in few words what came."""

    def add(run: Callable[[], str]):
        calls.append((f"{client} {importlib.metadata.version(client)}", name, run))
        return run

    return add


def raises(error: type[Exception], run: Callable[[], object], text: str) -> str:
    try:
        run()
    except error as caught:
        assert text in str(caught), f"{caught!r} does not say {text!r}"
        return type(caught).__name__
    raise AssertionError(f"no {error.__name__}")


# Semantic Scholar

s2 = SemanticScholar(api_url=URL, retry=False)


@call("semanticscholar", "get_paper, every id")
def _() -> str:
    ids = [
        "ARXIV:2106.15928",
        "arXiv:2106.15928",
        "DOI:10.48550/arXiv.2106.15928",
        "URL:https://arxiv.org/abs/2106.15928v1",
        "10.48550/arXiv.2106.15928",
    ]
    for paper_id in ids:
        paper = s2.get_paper(paper_id)
        assert paper.title == TITLE and paper.externalIds["ArXiv"] == "2106.15928", paper
    assert paper.year == 2021 and paper.publicationDate.day == 30 and paper.citationCount is None
    assert [author.name for author in paper.authors] == ["Ada Dam", "Bo River"]
    assert len(paper.embedding["vector"]) == DIM
    assert s2.get_paper("CorpusId:215416146").corpusId == 215416146
    assert s2.get_paper(s2.get_paper("own/with/slashes").paperId).title == "A beaver of our own"
    return f"{len(ids) + 3} papers"


@call("semanticscholar", "get_paper, fields")
def _() -> str:
    assert dict(s2.get_paper("ARXIV:2106.15928", fields=["title"])) == {"paperId": "arxiv:2106.15928", "title": TITLE}
    return raises(
        BadQueryParametersException,
        lambda: s2.get_paper("ARXIV:2106.15928", fields=["shoeSize"]),
        "Unrecognized or unsupported fields: [shoeSize]",
    )


@call("semanticscholar", "get_paper, unknown")
def _() -> str:
    return raises(ObjectNotFoundException, lambda: s2.get_paper("ARXIV:9912.99999"), "Paper with id ARXIV:9912.99999 not found")


@call("semanticscholar", "get_papers")
def _() -> str:
    papers, missing = s2.get_papers(
        ["ARXIV:2106.15928", "CorpusId:215416146", "nobody", "own/with/slashes"], return_not_found=True
    )
    assert missing == ["nobody"], missing
    raises(BadQueryParametersException, lambda: s2.get_papers(["nobody"]), "No valid paper ids given")
    return f"{len(papers)} papers, {len(missing)} missing"


@call("semanticscholar", "search_paper, every page")
def _() -> str:
    found = s2.search_paper("exact diffusion inversion")
    assert found[0].title == EDICT and len(found) == 100
    total = len(list(found))
    assert total > 380, total
    return f"{total} papers"


@call("semanticscholar", "search_paper, restricted")
def _() -> str:
    assert len(s2.search_paper("beavers", year="1800")) == 0
    found = s2.search_paper("beavers", year="2021-2021", venue=["Journal of Rodents"], fields_of_study=["Biology"], limit=5)
    assert [paper.title for paper in found.items] == [TITLE]
    dated = s2.search_paper("beavers", publication_date_or_year="2021-06-01:2021-06-30", limit=1)
    assert dated[0].title == TITLE
    return raises(
        BadQueryParametersException,
        lambda: s2.search_paper("beavers", min_citation_count=5),
        "Unacceptable query params: [minCitationCount=5]",
    )


@call("semanticscholar", "search_paper, match_title")
def _() -> str:
    assert s2.search_paper(EDICT.lower(), match_title=True).title == EDICT
    return raises(
        ObjectNotFoundException, lambda: s2.search_paper("n0 r3sult s3arch t3rm", match_title=True), "Title match not found"
    )


@call("semanticscholar", "get_recommended_papers")
def _() -> str:
    papers = s2.get_recommended_papers("ARXIV:2106.15928", limit=500, pool_from="all-cs")
    assert papers[0].title == "A beaver of our own" and TITLE not in [paper.title for paper in papers]
    assert len(s2.get_recommended_papers("own/with/slashes")) == 100
    raises(ObjectNotFoundException, lambda: s2.get_recommended_papers("DOI:10.1/no"), "Paper with id DOI:10.1/no not found")
    return f"{len(papers)} papers"


@call("semanticscholar", "get_recommended_papers_from_lists")
def _() -> str:
    own = ["own/with/slashes", "CorpusId:215416146"]
    papers = s2.get_recommended_papers_from_lists(own, limit=3)
    assert papers[0].title == TITLE, papers
    assert len(s2.get_recommended_papers_from_lists(own, ["ARXIV:2106.15928"], limit=3)) == 3
    raises(
        BadQueryParametersException,
        lambda: s2.get_recommended_papers_from_lists([], own),
        "No positive paper examples given",
    )
    return f"{len(papers)} papers"


@call("semanticscholar", "AsyncSemanticScholar")
def _() -> str:
    async def run() -> str:
        client = AsyncSemanticScholar(api_url=URL, retry=False)
        found = await client.search_paper("exact diffusion inversion", limit=3)
        return found[0].title

    assert asyncio.run(run()) == EDICT
    return "the same"


# Hugging Face

hub = HfApi(endpoint=URL, token=False)


@call("huggingface_hub", "HfApi.list_papers")
def _() -> str:
    papers = list(hub.list_papers(query="exact diffusion inversion", limit=5))
    assert len(papers) == 5 and papers[0].title == EDICT and papers[0].summary
    assert len(list(hub.list_papers(query="vision"))) == 120
    assert len(list(hub.list_papers(limit=2))) == 2
    return f"{len(papers)} papers"


@call("huggingface_hub", "HfApi.paper_info")
def _() -> str:
    paper = hub.paper_info("2106.15928")
    assert paper.id == "2106.15928" and paper.title == TITLE and paper.published_at.year == 2021
    assert [author.name for author in paper.authors] == ["Ada Dam", "Bo River"]
    assert hub.paper_info("own/with/slashes").title == "A beaver of our own"
    raises(HfHubHTTPError, lambda: hub.paper_info("9912.99999"), "404")
    return paper.title


@call("huggingface_hub", "HfApi.list_daily_papers")
def _() -> str:
    for period in ({"date": "2021-06-30"}, {"week": "2021-W26"}, {"month": "2021-06"}):
        assert TITLE in [paper.title for paper in hub.list_daily_papers(**period)], period
    assert len(list(hub.list_daily_papers(limit=3, p=1, sort="trending"))) == 3
    raises(BadRequestError, lambda: list(hub.list_daily_papers(date="soon")), "YYYY-MM-DD")
    return "day, week, month"


inference = InferenceClient(URL)


def same(vector: object, expected: object) -> bool:
    return np.allclose(vector, expected, atol=1e-6)


@call("huggingface_hub", "InferenceClient.feature_extraction")
def _() -> str:
    one = inference.feature_extraction("exact diffusion inversion")
    assert one.shape == (1, DIM) and abs(np.linalg.norm(one) - 1) < 1e-5, one.shape
    two = InferenceClient(f"{URL}/embed").feature_extraction(
        ["exact diffusion inversion", "paper"], normalize=True, truncate=True, truncation_direction="left", prompt_name="query"
    )
    assert two.shape == (2, DIM) and same(two[0], one[0])
    assert inference.feature_extraction("paper", dimensions=16).shape == (1, 16)
    raises(BadRequestError, lambda: inference.feature_extraction([]), "cannot be empty")
    return str(two.shape)


@call("huggingface_hub", "InferenceClient.sentence_similarity")
def _() -> str:
    for client in (inference, InferenceClient(f"{URL}/similarity")):
        near, far = client.sentence_similarity("diffusion models", ["score-based generation", "beavers in winter"])
        assert near > far, (near, far)
    return f"{near:.3f} > {far:.3f}"


@call("huggingface_hub", "InferenceClient.get_endpoint_info, health_check")
def _() -> str:
    endpoint = InferenceClient(URL, provider="hf-inference")
    info = endpoint.get_endpoint_info()
    assert endpoint.health_check() is True and info["max_client_batch_size"] == 64
    return info["model_id"]


@call("huggingface_hub", "AsyncInferenceClient.feature_extraction")
def _() -> str:
    vector = asyncio.run(AsyncInferenceClient(URL).feature_extraction("paper"))
    assert same(vector, inference.feature_extraction("paper"))
    return "the same"


# OpenAI

client = openai.OpenAI(base_url=f"{URL}/v1", api_key="none is needed", max_retries=0)


@call("openai", "embeddings.create")
def _() -> str:
    texts = ["exact diffusion inversion", "paper"]
    expected = inference.feature_extraction(texts)
    packed = client.embeddings.create(model="text-embedding-3-small", input=texts)
    plain = client.embeddings.create(model="text-embedding-3-small", input=texts, encoding_format="float")
    for answer in (packed, plain):
        assert same([one.embedding for one in answer.data], expected)
        assert answer.usage.total_tokens == 8, answer.usage
    assert len(client.embeddings.create(model="any", input="paper", dimensions=16).data[0].embedding) == 16
    return f"{packed.model}, {packed.usage.total_tokens} tokens"


@call("openai", "embeddings.create, errors")
def _() -> str:
    return raises(openai.BadRequestError, lambda: client.embeddings.create(model="any", input=""), "input")


@call("openai", "AsyncOpenAI")
def _() -> str:
    async def run() -> list[float]:
        async with openai.AsyncOpenAI(base_url=f"{URL}/v1", api_key="none is needed", max_retries=0) as asynchronous:
            return (await asynchronous.embeddings.create(model="any", input="paper")).data[0].embedding

    assert same(asyncio.run(run()), inference.feature_extraction("paper")[0])
    return "the same"


for who, what, run in calls:
    row = {"client": who, "call": what, "ok": True}
    try:
        row["detail"] = run()
    except Exception as error:  # noqa: BLE001 - whatever a client raises is a failed call
        row |= {"ok": False, "detail": f"{type(error).__name__}: {error}"}
    print(json.dumps(row), flush=True)
