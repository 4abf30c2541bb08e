"""Makes test/golden/text: small tokenizers of every kind with the ids and texts that transformers and tokenizers give,
and chat templates with what transformers renders. Seeded; needs no network.

    python test/golden/make/text_goldens.py          (versions: requirements.txt)

tokenizer.json is the authority, loaded as PreTrainedTokenizerFast. transformers 5 rebuilds some tokenizers from
`tokenizer_class` instead and then ignores parts of the file (LlamaTokenizer: its normalizer; GPT2Tokenizer: its
pre-tokenizer); the library tokenizers runs the file as it stands, and so do we.

  corpus.json.gz             the texts
  <kind>/tokenizer.json.gz   trained here; tokenizer_config.json beside it, as saved folders have
  <kind>/expected.json.gz    ids: one list a text (add_special_tokens=False); decoded: null where it equals the text,
                             else the text; skipped: the same with skip_special_tokens=True; random: arbitrary id lists
                             and what they decode to, with and without special tokens
  templates.json.gz          chat templates, each with its tokenizer's kind, conversations, and for both values of
                             add_generation_prompt the rendered text and its ids, or null where it raises
  probes.json.gz             small templates and what jinja2 makes of them, or null where it raises
"""

import copy
import datetime
import gzip
import json
import random
import shutil
import struct
import tempfile
from pathlib import Path

import transformers
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers
from tokenizers import AddedToken as Added
from transformers import PreTrainedTokenizerFast
from transformers.utils import chat_template_utils

from text_corpus import SPECIALS, corpus, training_text
from text_probes import PROBES, VARIABLES
from text_templates import CONVERSATIONS, TEMPLATES

OUT = Path(__file__).resolve().parent.parent / "text"
HEX = [f"<0x{b:02X}>" for b in range(256)]
LLAMA3 = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
QWEN = LLAMA3.replace(r"\p{N}{1,3}", r"\p{N}")
O200K = "|".join([
    r"[^\r\n\p{L}\p{N}]?+[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"[^\r\n\p{L}\p{N}]?+[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?",
    r"\p{N}{1,3}", r" ?[^\s\p{L}\p{N}]++[\r\n/]*", r"\s*[\r\n]+", r"\s+(?!\S)", r"\s+",
])


def special(content, **flags):
    return Added(content, special=True, normalized=flags.pop("normalized", False), **flags)


def train_bpe(tokenizer, vocab, specials=(), initial=()):
    trainer = trainers.BpeTrainer(vocab_size=vocab, special_tokens=list(specials), initial_alphabet=list(initial), limit_alphabet=420, show_progress=False)
    tokenizer.train_from_iterator(training_text(), trainer)
    return tokenizer


def byte_level(pre, added, normalizer=None, vocab=900, **model):
    t = Tokenizer(models.BPE(**model))
    t.normalizer = normalizer
    t.pre_tokenizer = pre
    t.decoder = decoders.ByteLevel()
    train_bpe(t, vocab, initial=pre_tokenizers.ByteLevel.alphabet())
    for token in added:
        t.add_tokens([token])
    return t


def sentencepiece_bpe(pieces, normalizer, pre, decoder, added, vocab=1100, change=None):
    """A BPE with byte fallback: trained without its byte tokens, which are then put in front."""
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    t.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    t.pre_tokenizer = pre_tokenizers.Split("▁", "merged_with_next")
    train_bpe(t, vocab - len(pieces) - 256)
    trained = json.loads(t.to_str())
    model = trained["model"]
    tokens = pieces + HEX + [token for token in model["vocab"] if token not in pieces]
    model["vocab"] = {token: i for i, token in enumerate(tokens)}
    model["unk_token"] = "<unk>"
    trained["normalizer"] = trained["pre_tokenizer"] = trained["decoder"] = None
    t = Tokenizer.from_str(json.dumps(trained))
    if normalizer:
        t.normalizer = normalizer
    if pre:
        t.pre_tokenizer = pre
    t.decoder = decoder
    for token in added:
        t.add_tokens([token])
    return t


def llama_decoder(strips=True):
    parts = [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()]
    return decoders.Sequence(parts + ([decoders.Strip(" ", 1, 0)] if strips else []))


def charsmap(rules):
    """A SentencePiece character map: Darts' double array over UTF-8 keys, then the replacements."""
    texts, places = b"", {}
    for key, value in sorted(rules.items()):
        places[key.encode()] = len(texts)
        texts += value.encode() + b"\0"
    units, used = [0] * 4096, {0}

    def build(at, keys, depth):
        labels = sorted({key[depth] if depth < len(key) else 0 for key in keys})
        base = next(b for b in range(1, 4096) if all(b ^ label not in used for label in labels) and max(b ^ label for label in labels) < 4096)
        used.update(base ^ label for label in labels)
        units[at] |= (at ^ base) << 10
        for label in labels:
            inside = [key for key in keys if (key[depth] if depth < len(key) else 0) == label]
            if label == 0:
                units[at] |= 1 << 8
                units[base] = (1 << 31) | places[inside[0]]
            else:
                units[base ^ label] |= label
                build(base ^ label, inside, depth + 1)

    build(0, sorted(places), 0)
    return struct.pack("<I", 4 * len(units)) + struct.pack(f"<{len(units)}I", *units) + texts


def unigram(normalizer, pre, decoder, byte_fallback, added, vocab=900):
    t = Tokenizer(models.Unigram())
    t.normalizer = normalizers.Sequence([normalizers.Replace(" ", "▁")]) if byte_fallback else normalizers.NFKC()
    t.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = trainers.UnigramTrainer(vocab_size=vocab, special_tokens=["<pad>", "</s>", "<unk>"], unk_token="<unk>", show_progress=False)
    t.train_from_iterator([line[:200] for line in training_text() if "🙂" not in line], trainer)
    trained = json.loads(t.to_str())
    # EM training is not repeatable to the bit (what is expected is made in the same run); rounded scores also make
    # ties, which must fall alike.
    pieces = [[piece, round(score, 2)] for piece, score in trained["model"]["vocab"]]
    if byte_fallback:
        pieces += [[token, 0.0] for token in HEX if token not in dict(map(tuple, pieces))]
    trained["model"]["vocab"] = pieces
    trained["model"]["byte_fallback"] = byte_fallback
    trained["normalizer"] = trained["pre_tokenizer"] = trained["decoder"] = None
    t = Tokenizer.from_str(json.dumps(trained))
    if normalizer:
        t.normalizer = normalizer
    if pre:
        t.pre_tokenizer = pre
    t.decoder = decoder
    for token in added:
        t.add_tokens([token])
    return t


def bos_template(tokenizer, bos):
    tokenizer.post_processor = processors.TemplateProcessing(single=f"{bos} $A", pair=f"{bos} $A {bos}:1 $B:1", special_tokens=[(bos, tokenizer.token_to_id(bos))])
    return tokenizer


def kinds():
    byte = pre_tokenizers.ByteLevel
    split = lambda pattern: pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(pattern), "isolated"), byte(add_prefix_space=False, use_regex=False)])
    chatml = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    llama3 = ["<|begin_of_text|>", "<|end_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|eom_id|>", "<|python_tag|>", "<|finetune_right_pad_id|>"]
    underline = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    yield "gpt2", byte_level(byte(add_prefix_space=False), [special("<|endoftext|>")]), dict(bos_token="<|endoftext|>", eos_token="<|endoftext|>")
    yield "llama3", bos_template(byte_level(split(LLAMA3), [special(t) for t in llama3], ignore_merges=True), "<|begin_of_text|>"), dict(bos_token="<|begin_of_text|>", eos_token="<|eot_id|>", pad_token="<|finetune_right_pad_id|>")
    plain = ["<tool_call>", "</tool_call>", "<think>", "</think>", "<tool_response>", "</tool_response>"]
    yield "qwen", byte_level(split(QWEN), [special(t) for t in chatml] + [Added(t, special=False, normalized=False) for t in plain], normalizer=normalizers.NFC()), dict(eos_token="<|im_end|>", pad_token="<|endoftext|>")
    yield "o200k", byte_level(split(O200K), [special(t) for t in ["<|endoftext|>", "<|im_start|>", "<|im_sep|>", "<|im_end|>"]]), dict(bos_token="<|endoftext|>", eos_token="<|im_end|>")
    yield "smollm", byte_level(pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), byte(add_prefix_space=False)]), [special(t) for t in chatml]), dict(bos_token="<|im_start|>", eos_token="<|im_end|>", unk_token="<|endoftext|>")
    yield "prefix-space", byte_level(byte(add_prefix_space=True), [special("<s>"), special("</s>"), special("[MASK]", lstrip=True)]), dict(bos_token="<s>", eos_token="</s>", mask_token="[MASK]")
    sp = ["<unk>", "<s>", "</s>"]
    yield "llama2", bos_template(sentencepiece_bpe(sp, underline, None, llama_decoder(), [special(t) for t in sp]), "<s>"), dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>", add_bos_token=True)
    inst = sp + ["[INST]", "[/INST]"]
    yield "mistral", bos_template(sentencepiece_bpe(inst, None, pre_tokenizers.Metaspace(prepend_scheme="first", split=False), llama_decoder(), [special(t) for t in inst]), "<s>"), dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    yield "metaspace-split", sentencepiece_bpe(sp, None, pre_tokenizers.Metaspace(prepend_scheme="always", split=True), decoders.Metaspace(prepend_scheme="always"), [special(t) for t in sp] + [Added("<x>", normalized=True)]), dict(bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    phi = ["<|endoftext|>", "<|assistant|>", "<|system|>", "<|end|>", "<|user|>"]
    yield "phi3", sentencepiece_bpe(sp, underline, None, llama_decoder(), [special("<unk>"), special("<s>"), Added("</s>", rstrip=True, special=False, normalized=False)] + [special(t, rstrip=t != "<|endoftext|>") for t in phi]), dict(bos_token="<s>", eos_token="<|end|>", unk_token="<unk>", pad_token="<|endoftext|>")
    gemma = ["<pad>", "<eos>", "<bos>", "<unk>", "<start_of_turn>", "<end_of_turn>"]
    runs = ["\n" * n for n in range(1, 6)] + ["▁" * n for n in range(2, 8)] + ["\t", "\t\t", "<b>", "</b>", "<h1>"]
    yield "gemma", bos_template(sentencepiece_bpe(gemma + runs, normalizers.Replace(" ", "▁"), pre_tokenizers.Split(" ", "merged_with_previous"), llama_decoder(False), [special(t) for t in gemma] + [Added(t, special=False, normalized=False) for t in runs]), "<bos>"), dict(bos_token="<bos>", eos_token="<eos>", unk_token="<unk>", pad_token="<pad>")
    rules = {"\t": " ", "\n": " ", "\r": " ", "\u00a0": " ", "\u3000": " ", "\u2581": "_", "ﬁ": "fi", "ﬂ": "fl", "①": "1", "²": "2", "½": "1/2", "e\u0301": "é", "É": "é", "Ａ": "A", "１": "1", "２": "2", "…": "...", "\x00": "", "\x07": "", "ß": "ss", "👍🏽": "+1", "Ω": "Ω"}
    del rules["\x00"]  # a zero byte ends every key
    yield "unigram", unigram(normalizers.Sequence([normalizers.Precompiled(charsmap(rules)), normalizers.Strip(left=False, right=True), normalizers.Replace(Regex(" {2,}"), "▁")]), pre_tokenizers.Metaspace(prepend_scheme="always"), decoders.Metaspace(prepend_scheme="always"), False, [special("<pad>"), special("</s>"), special("<unk>"), special("[MASK]", lstrip=True)]), dict(eos_token="</s>", unk_token="<unk>", pad_token="<pad>")
    yield "unigram-nfkc", unigram(normalizers.Sequence([normalizers.NFKD(), normalizers.Lowercase()]), pre_tokenizers.Sequence([pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]), decoders.Metaspace(prepend_scheme="first"), False, [special("<pad>"), special("</s>"), special("<unk>"), Added("Größe", normalized=True), Added("word!", normalized=True, single_word=True)]), dict(eos_token="</s>", unk_token="<unk>")
    yield "unigram-bytes", unigram(underline, None, llama_decoder(), True, [special("<pad>"), special("</s>"), special("<unk>")]), dict(eos_token="</s>", unk_token="<unk>")
    flags = [special("<s>"), special("</s>"), special("<x>", lstrip=True, rstrip=True), Added("<sw>", single_word=True, normalized=False), Added("<ls>", lstrip=True, normalized=False), Added("<rs>", rstrip=True, normalized=False), Added("word!", single_word=True, normalized=True), Added("Größe", normalized=True), Added("[INST", normalized=False), special("[INST]"), special(" </s>")]
    odd = pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r"[A-Z][a-z]+|\d{2}"), "merged_with_next"), pre_tokenizers.Punctuation("merged_with_previous"), pre_tokenizers.Digits(), pre_tokenizers.Split(Regex(r"(?<=\w)-(?=\w)|[\s&&[^\n]]+"), "contiguous"), byte(add_prefix_space=False, use_regex=False)])
    yield "flags", byte_level(odd, flags, normalizer=normalizers.Lowercase()), dict(bos_token="<s>", eos_token="</s>")
    t = Tokenizer(models.BPE(unk_token="<unk>", fuse_unk=False))
    t.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Split(Regex("[aeiou]"), "removed", invert=False), pre_tokenizers.Punctuation("contiguous")])
    train_bpe(t, 500, specials=["<unk>", "</s>"])
    yield "whitespace", t, dict(unk_token="<unk>", eos_token="</s>")


def gz(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    data = json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()
    with open(path, "wb") as file, gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0, compresslevel=9) as out:
        out.write(data)


def config_of(name, tokenizer, tokens):
    config = {"tokenizer_class": "PreTrainedTokenizerFast", "clean_up_tokenization_spaces": False, "model_max_length": 1000000, **tokens}
    if name == "phi3":
        # As older transformers saved it, with a flag that differs from tokenizer.json's and must win.
        decoder = json.loads(tokenizer.to_str())["added_tokens"]
        config["added_tokens_decoder"] = {str(t["id"]): {k: v for k, v in t.items() if k != "id"} for t in decoder}
        config["added_tokens_decoder"]["2"].update(rstrip=False, normalized=True)
        user = next(t for t in config["added_tokens_decoder"].values() if t["content"] == "<|user|>")
        user.update(rstrip=False, lstrip=True)
    if name == "mistral":
        # A special token named in the config alone, which is in the vocabulary.
        config["additional_special_tokens"] = ["▁the"]
    return config


def load(folder):
    return PreTrainedTokenizerFast.from_pretrained(folder)


def same(text, other):
    return None if text == other else text


def expected(name, tokenizer, texts):
    ids = [tokenizer(text, add_special_tokens=False)["input_ids"] for text in texts]
    decode = lambda tokens, skip: tokenizer.decode(tokens, skip_special_tokens=skip, clean_up_tokenization_spaces=False)
    r = random.Random(name)
    size = len(tokenizer)
    rows = [[r.randrange(size) for _ in range(r.randint(1, 14))] for _ in range(250)]
    rows += [[r.randrange(max(1, size - 30), size) if r.random() < 0.5 else r.randrange(size) for _ in range(8)] for _ in range(60)]
    if tokenizer.convert_tokens_to_ids("<0x00>") not in (None, tokenizer.unk_token_id):
        low = tokenizer.convert_tokens_to_ids("<0x00>")
        rows += [[low + r.randrange(256) if r.random() < 0.8 else r.randrange(size) for _ in range(r.randint(1, 10))] for _ in range(120)]
    return {
        "ids": ids,
        "decoded": [same(decode(row, False), text) for row, text in zip(ids, texts)],
        "skipped": [same(decode(row, True), text) for row, text in zip(ids, texts)],
        "random": [{"ids": row, "decoded": decode(row, False), "skipped": decode(row, True)} for row in rows],
    }


class Clock(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls(2024, 7, 26)


def rendered(tokenizer, template, conversation, prompt):
    try:
        text = tokenizer.apply_chat_template(conversation, chat_template=template, add_generation_prompt=prompt, tokenize=False)
        ids = tokenizer.apply_chat_template(conversation, chat_template=template, add_generation_prompt=prompt, tokenize=True)["input_ids"]
    except Exception:
        return None
    return {"text": text, "ids": ids}


def probe(template):
    try:
        text = chat_template_utils._compile_jinja_template(template).render(**copy.deepcopy(VARIABLES))
        text.encode()
        return text
    except Exception:
        return None


def main():
    chat_template_utils.datetime = Clock
    texts = corpus()
    assert len(texts) >= 2000
    shutil.rmtree(OUT / "made", ignore_errors=True)
    gz(OUT / "corpus.json.gz", texts)
    loaded = {}
    for name, tokenizer, tokens in kinds():
        folder = Path(tempfile.mkdtemp())
        tokenizer.save(str(folder / "tokenizer.json"))
        config = config_of(name, tokenizer, tokens)
        (folder / "tokenizer_config.json").write_text(json.dumps(config))
        gz(OUT / name / "tokenizer.json.gz", json.loads((folder / "tokenizer.json").read_text()))
        (OUT / name / "tokenizer_config.json").write_text(json.dumps(config, indent=1, ensure_ascii=False) + "\n")
        loaded[name] = load(folder)
        gz(OUT / name / "expected.json.gz", expected(name, loaded[name], texts))
        print(name, len(loaded[name]))
    templates = []
    for template in TEMPLATES:
        tokenizer = loaded[template["kind"]]
        results = [[rendered(tokenizer, template["text"], c, prompt) for prompt in (False, True)] for c in CONVERSATIONS]
        templates.append({**template, "results": results})
        print(template["name"], sum(r is None for pair in results for r in pair), "raise")
    versions = {"transformers": transformers.__version__, "tokenizers": __import__("tokenizers").__version__, "jinja2": __import__("jinja2").__version__}
    gz(OUT / "templates.json.gz", {"versions": versions, "conversations": CONVERSATIONS, "templates": templates})
    results = [[text, probe(text)] for text in PROBES]
    print(len(results), "probes,", sum(r is None for _, r in results), "raise")
    gz(OUT / "probes.json.gz", {"versions": versions, "variables": VARIABLES, "probes": results})


if __name__ == "__main__":
    main()
