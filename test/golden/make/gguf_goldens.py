"""What llama.cpp's own converter makes of the golden models, for test/golden/gguf.test.ts.

Run once, by hand, after the models it reads have changed; the product and its tests never need it:

    git clone https://github.com/ggml-org/llama.cpp          (or node-llama-cpp's llama/gitRelease.bundle)
    ref/bin/pip install -r test/golden/make/requirements.txt gguf==0.19.0
    ref/bin/python test/golden/make/gguf_goldens.py llama.cpp test/golden/gguf/converter.json

For every model and both types it keeps each tensor's type, shape and first 16 hex digits of the sha256 of its bytes, and
the architecture's metadata. The vocabulary is not compared here: these models' tokenizer is none that the converter knows
(so `smollm` stands in for its hash); bench/peers/llama-cpp-check.ts compares tokens with llama.cpp itself.
"""

import hashlib
import importlib
import json
import pathlib
import platform
import subprocess
import sys
import tempfile

checkout = pathlib.Path(sys.argv[1])
sys.path[:0] = [str(checkout), str(checkout / "gguf-py")]

import gguf
import torch
import transformers
from conversion.base import ModelBase, ModelType, TextModel

for name in ("llama", "qwen", "phi", "gemma"):
    importlib.import_module(f"conversion.{name}")

TextModel.get_vocab_base_pre = lambda self, tokenizer: "smollm"
for model_class in list(ModelBase._model_classes[ModelType.TEXT].values()):
    model_class.set_vocab = lambda self: self._set_vocab_gpt2()

TYPES = {"f16": gguf.LlamaFileType.MOSTLY_F16, "q8_0": gguf.LlamaFileType.MOSTLY_Q8_0}


def convert(folder, type_name, path):
    hparams = ModelBase.load_hparams(folder, False)
    model_class = ModelBase.from_model_architecture(hparams["architectures"][0])
    with torch.inference_mode():
        model_class(folder, TYPES[type_name], path, eager=True).write()
    reader = gguf.GGUFReader(path)
    tensors = {
        t.name: [t.tensor_type.name, [int(side) for side in t.shape], hashlib.sha256(t.data.tobytes()).hexdigest()[:16]]
        for t in reader.tensors
    }
    architecture = reader.fields["general.architecture"].contents()
    metadata = {key: f.contents() for key, f in reader.fields.items() if key.startswith(f"{architecture}.")}
    return {"architecture": architecture, "metadata": metadata, "tensors": tensors}


def main():
    torch.set_num_threads(1)
    root = pathlib.Path(__file__).parent.parent
    folders = [root / "tied", root / "biased", *sorted(p.parent for p in (root / "families").glob("*/model"))]
    commit = subprocess.run(["git", "-C", checkout, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
    written = {
        "versions": {
            "llama.cpp": commit.stdout.strip(),
            "gguf": importlib.metadata.version("gguf"),
            "torch": torch.__version__,
            "transformers": transformers.__version__,
            "python": platform.python_version(),
        },
        "models": {},
    }
    with tempfile.TemporaryDirectory() as scratch:
        for folder in folders:
            model = folder / "model"
            weights = hashlib.sha256((model / "model.safetensors").read_bytes()).hexdigest()
            path = f"families/{folder.name}" if folder.parent.name == "families" else folder.name
            types = {t: convert(model, t, pathlib.Path(scratch) / f"{folder.name}-{t}.gguf") for t in TYPES}
            written["models"][path] = {"weightsSha256": weights, "types": types}
    text = json.dumps(written, separators=(",", ":")).replace('],"', '],\n"').replace('}},"', '}},\n"')
    pathlib.Path(sys.argv[2]).write_text(text + "\n")


if __name__ == "__main__":
    import importlib.metadata

    main()
