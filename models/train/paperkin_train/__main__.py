"""The steps on the command line: `python -m paperkin_train <step> --recipe recipes/<name>.toml --work <folder>`."""

import argparse
import json
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from tokenizers import Tokenizer

from .curves import curves
from .encoder import Encoder, load_bert, minilm_folder
from .evaluate import evaluate
from .general import general
from .onnx_export import embed_with, export, quantise
from .package import GRAPHS, package
from .papers import evaluation_titles, normalised_title, prepare, read_jsonl
from .recipe import Recipe, read_recipe
from .teacher import teacher
from .train import Trainer, finished
from .vocabulary import tokenizer

ROOT = Path(__file__).resolve().parents[3]
MINILM = "all-MiniLM-L6-v2"
MINILM_TOKENS = 256


class Work:
    """Where the steps of one recipe leave what the next ones read: `data/` for papers and teacher vectors, `<recipe>/` for the rest."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.recipe: Recipe = read_recipe(arguments.recipe)
        self.data = arguments.work / "data"
        self.out = arguments.work / self.recipe.name
        self.fp32 = self.out / "model.onnx"
        self.int8 = self.out / "model_quantized.onnx"

    def prepare(self) -> None:
        # Nothing that the model is judged on is trained on.
        leave_out = evaluation_titles(self.arguments.evals)
        leave_out |= {normalised_title(row["title"]) for row in read_jsonl(ROOT / "seeds/papers.jsonl")}
        recipe = self.recipe
        prepare(
            self.arguments.papers,
            self.data,
            limit=recipe.papers,
            held_out=recipe.held_out,
            seed=recipe.seed,
            life_sciences=recipe.life_sciences,
            leave_out=leave_out,
        )

    def tokenizer(self) -> None:
        recipe = self.recipe
        begun = self.out.parent / recipe.start / "tokenizer.json" if recipe.start else None
        tokenizer(self.data, whole_words=recipe.whole_words, min_uses=recipe.min_uses, keep=begun)

    def general(self) -> None:
        general(self.data, wordnet=self.arguments.wordnet, foldoc=self.arguments.foldoc, mixed=self.recipe.mixtures, seed=self.recipe.seed)

    def teacher(self) -> None:
        teacher(self.data, short=self.recipe.taught, whole=self.recipe.taught_whole, general=self.recipe.taught_general)

    def train(self) -> None:
        Trainer(self.data, self.out, self.recipe, compiled=self.arguments.compile).run(self.arguments.until)
        curves(self.out / "losses.jsonl", self.out / "curves.svg")

    def export(self) -> None:
        export(finished(self.out, self.data, self.recipe), self.fp32)
        shutil.copyfile(self.data / "tokenizer.json", self.out / "tokenizer.json")

    def quantise(self) -> None:
        quantise(self.fp32, self.int8)

    def evaluate(self) -> None:
        reader = Tokenizer.from_file(str(self.data / "tokenizer.json"))
        found = {}
        for precision, graph in (("fp32", self.fp32), ("int8", self.int8)):
            print(precision)
            embed = embed_with(graph, reader, self.recipe.max_tokens)
            found[precision] = evaluate(embed, self.arguments.evals, held_out=self.data / "held-out.jsonl", only=self.arguments.only)
        (self.out / "evaluation.json").write_text(json.dumps(found, indent=2) + "\n")

    def package(self) -> None:
        """The int8 model to `models/<name>`, the fp32 one, for comparison, to `index/models/<name>-fp32`."""
        name, encoder = self.recipe.name, finished(self.out, self.data, self.recipe)
        for precision, graph, folder in (
            ("int8", self.int8, self.arguments.models / name),
            ("fp32", self.fp32, self.arguments.compared / f"{name}-fp32"),
        ):
            words = f"{len(self.recipe.layers)}-layer BERT encoder for titles and abstracts of research papers, {precision}"
            described(encoder, graph, self.data / "tokenizer.json", folder, name, words, precision, self.recipe.max_tokens)
        (self.arguments.models / name / "curves.svg").write_bytes((self.out / "curves.svg").read_bytes())


def described(encoder: Encoder, graph: Path, reader: Path, folder: Path, name: str, words: str, precision: str, max_tokens: int) -> None:
    package(
        folder, name=name, description=words, config=encoder.config(), tokenizer=reader, graph=graph, precision=precision, max_tokens=max_tokens
    )


def minilm(folder: Path) -> None:
    """The peer: all-MiniLM-L6-v2 through the same export and quantiser, `<folder>/all-MiniLM-L6-v2` and `...-fp32`."""
    encoder, reader = load_bert(minilm_folder()), minilm_folder() / "tokenizer.json"
    with tempfile.TemporaryDirectory() as temporary:
        fp32, int8 = Path(temporary, "fp32.onnx"), Path(temporary, "int8.onnx")
        export(encoder, fp32)
        quantise(fp32, int8)
        for precision, graph, suffix in (("fp32", fp32, "-fp32"), ("int8", int8, "")):
            words = f"sentence-transformers/{MINILM}, {precision}"
            described(encoder, graph, reader, folder / f"{MINILM}{suffix}", MINILM, words, precision, MINILM_TOKENS)


STEPS: dict[str, Callable[[Work], None]] = {
    name: getattr(Work, name) for name in ("prepare", "tokenizer", "general", "teacher", "train", "export", "quantise", "evaluate", "package")
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="paperkin_train", description=__doc__)
    parser.add_argument("step", choices=[*STEPS, "all", "minilm"], help="`all` is every step of a recipe; `minilm` makes the model to compare with")
    parser.add_argument("--recipe", type=Path, help="TOML file")
    parser.add_argument("--work", type=Path, default=ROOT / "index/train", help="folder of what the steps leave for each other")
    parser.add_argument("--papers", type=Path, nargs="+", default=sorted((ROOT / "../shared/data").resolve().glob("papers-*.jsonl.gz")))
    parser.add_argument("--evals", type=Path, default=(ROOT / "../shared/data/evals").resolve(), help="evaluation folders; their papers are left out")
    parser.add_argument("--wordnet", type=Path, help="folder of WordNet 3.0's data files, for general texts")
    parser.add_argument("--foldoc", type=Path, help="the Free On-line Dictionary of Computing as a dict server's file, for general texts")
    parser.add_argument("--only", nargs="+", help="names of evaluation sets")
    parser.add_argument("--models", type=Path, default=ROOT / "models", help="where `package` puts the model")
    parser.add_argument("--compared", type=Path, default=ROOT / "index/models", help="where models go that are only compared with")
    parser.add_argument("--compile", action="store_true", help="compile the encoder before training: a minute first, a fifth faster then")
    parser.add_argument("--until", type=int, help="stop training after this step; the next run goes on from there")
    arguments = parser.parse_args()
    if arguments.step == "minilm":
        minilm(arguments.compared)
        return
    if arguments.recipe is None:
        parser.error("--recipe is missing: recipes/paperkin-papers.toml, say")
    work = Work(arguments)
    for name in STEPS if arguments.step == "all" else [arguments.step]:
        STEPS[name](work)


if __name__ == "__main__":
    main()
