"""Reference numbers of the benchmarks, made with the real lm-evaluation-harness: releases 0.4.0 and 0.4.13 of PyPI.

Run once, by hand, each release in its own environment; the product and its tests never need it:

    old/bin/pip install -r test/golden/make/requirements-benchmarks-0.4.0.txt
    new/bin/pip install -r test/golden/make/requirements-benchmarks-current.txt
    old/bin/python test/golden/make/benchmark_goldens.py prepare test/golden/benchmarks
    old/bin/python test/golden/make/benchmark_goldens.py run test/golden/benchmarks harness-0.4.0
    new/bin/python test/golden/make/benchmark_goldens.py run test/golden/benchmarks harness-current
    new/bin/python test/golden/make/benchmark_goldens.py run test/golden/benchmarks harness-current-chat
    new/bin/python test/golden/make/benchmark_goldens.py filters test/golden/benchmarks harness-current
    old/bin/python test/golden/make/benchmark_goldens.py filters test/golden/benchmarks harness-0.4.0
    old/bin/python test/golden/make/benchmark_goldens.py own test/golden/benchmarks harness-0.4.0
    new/bin/python test/golden/make/benchmark_goldens.py own test/golden/benchmarks harness-current

It writes

    model/                   a tiny Llama, trained for a minute, whose tokenizer adds a BOS (0.4.0 suppresses it, 0.4.13 does not)
    data/<dataset>/          benchmark_rows.py's rows, as Parquet in the hub's layout, and as JSON Lines
    <profile>.json.gz        what the harness asked and answered, per question, and its scores with standard errors
    filters-<profile>.json   what the harness's own filters and exact_match make of crafted GSM8K responses
    own/                     the rows of two tasks in YAML files, and <profile>.json.gz as above

The harness runs unchanged but for three things, none of which computes anything: `datasets.load_dataset` reads those
files, `os.walk` lists in order (0.4.0 takes the order of MMLU's subjects from the file system), and in 0.4.0
`evaluate.load("exact_match")`, which downloads a script, is given the port of it that later releases of the harness
carry. Models run in float32 on the CPU, one request at a time. Shots are those of the leaderboard.
"""

import gzip
import hashlib
import json
import os
import platform
import random
import sys
from importlib.metadata import version
from pathlib import Path

SHOTS = {"arc_challenge": 25, "hellaswag": 10, "truthfulqa_mc2": 0, "mmlu": 5, "winogrande": 5, "gsm8k": 5}

# dataset of the harness's YAML → folder and file names below data/
LAYOUT = {
    "ai2_arc": ("ai2_arc/ARC-Challenge", "{split}-00000-of-00001.parquet"),
    "hellaswag": ("hellaswag/data", "{split}-00000-of-00001.parquet"),
    "truthful_qa": ("truthful_qa/multiple_choice", "{split}-00000-of-00001.parquet"),
    "winogrande": ("winogrande", "{split}.jsonl"),
    "gsm8k": ("gsm8k/main", "{split}-00000-of-00001.parquet"),
    "mmlu": ("mmlu/all", "{split}-00000-of-00001.parquet"),
}

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}"
    "{{ 'A: ' + message['content'] + eos_token }}{% else %}"
    "{{ ('Q: ' if message['role'] == 'user' else 'S: ') + message['content'] + '\n' }}{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}{{ 'A: ' }}{% endif %}"
)

VOCAB = 512
CONTEXT = 860  # some of ARC's prompts, and with a chat template of GSM8K's, are longer: they are cut from the left
TRAINING_STEPS = 400
TRAINING_WINDOW = 640  # as long as GSM8K's prompts

# What a model may write, for a question whose answer ends in "#### <gold>".
GOLDS = ["18", "1,234", "-5", "$40", "12.", "0.5", "70000"]
RESPONSES = [
    "The answer is\n#### {gold}",
    "#### {gold}.",
    "#### {gold}.\n",
    "#### ${gold}",
    "####{gold}",
    "#### 7\n#### {gold}",
    "It is {gold}",
    "It is {gold}.",
    "so ${gold}. dollars and 5 cents",
    "first 3, then {gold} ",
    "no number",
    "",
    "#### -",
    "#### ,.",
    "$",
    "... 4 ...",
    "x = 12,345.60 and -7",
    "#### 18 apples\nIn all 18.",
    "#### 1234",
    "answer: -5!",
    "#### 18</s>",
    "５ and ٣",
]


def import_harness():
    walk = os.walk

    def in_order(*given, **named):
        for folder, folders, files in walk(*given, **named):
            folders.sort()
            yield folder, folders, sorted(files)

    os.walk = in_order
    import evaluate

    class ExactMatch:
        def compute(self, predictions, references, regexes_to_ignore=None, ignore_case=False,
                    ignore_punctuation=False, ignore_numbers=False):
            import re
            import string

            import numpy as np

            if regexes_to_ignore is not None:
                for s in regexes_to_ignore:
                    predictions = np.array([re.sub(s, "", x) for x in predictions])
                    references = np.array([re.sub(s, "", x) for x in references])
            else:
                predictions = np.asarray(predictions)
                references = np.asarray(references)
            if ignore_case:
                predictions = np.char.lower(predictions)
                references = np.char.lower(references)
            if ignore_punctuation:
                table = string.punctuation.maketrans("", "", string.punctuation)
                predictions = np.char.translate(predictions, table=table)
                references = np.char.translate(references, table=table)
            if ignore_numbers:
                table = string.digits.maketrans("", "", string.digits)
                predictions = np.char.translate(predictions, table=table)
                references = np.char.translate(references, table=table)
            return {"exact_match": np.mean(predictions == references)}

    evaluate.load = lambda name: {"exact_match": ExactMatch()}[name]
    import lm_eval
    import lm_eval.evaluator
    import lm_eval.tasks

    if version("lm_eval") == "0.4.0":
        lm_eval.tasks.initialize_tasks()
    return lm_eval


def load_rows(path, name=None, **_):
    from datasets import Dataset, DatasetDict
    from benchmark_rows import all_rows

    dataset = {"mmlu_no_train": "mmlu"}.get(path.split("/")[-1], path.split("/")[-1])
    rows = all_rows()[dataset]
    if dataset == "mmlu":
        rows = {split: [row for row in rows[split] if row["subject"] == name] for split in rows}
    return DatasetDict({split: Dataset.from_list(rows[split]) for split in rows})


def prepare(out):
    import pyarrow
    import pyarrow.parquet
    import tokenizers
    import torch
    from benchmark_rows import all_rows
    from transformers import LlamaConfig, LlamaForCausalLM

    rows = all_rows()
    for dataset, (folder, name) in LAYOUT.items():
        (out / "data" / folder).mkdir(parents=True, exist_ok=True)
        for split, of_split in rows[dataset].items():
            path = out / "data" / folder / name.format(split=split)
            if path.suffix == ".parquet":
                pyarrow.parquet.write_table(pyarrow.Table.from_pylist(of_split), path, compression="zstd")
            else:
                lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in of_split]
                path.write_text("".join(lines), encoding="utf-8")

    def texts(value):
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            for part in value.values() if isinstance(value, dict) else value:
                yield from texts(part)

    tokenizer = tokenizers.Tokenizer(tokenizers.models.BPE())
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = tokenizers.decoders.ByteLevel()
    tokenizer.train_from_iterator(
        list(texts(rows)) + ["Question: Answer:\n\nA. B. C. D. A B C D\n#### "] * 50,
        tokenizers.trainers.BpeTrainer(
            vocab_size=VOCAB - 8,
            special_tokens=["<s>", "</s>"],
            initial_alphabet=tokenizers.pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<s> $A", pair="<s> $A <s> $B", special_tokens=[("<s>", 0)]
    )
    (out / "model").mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(out / "model" / "tokenizer.json"))
    write_json(
        out / "model" / "tokenizer_config.json",
        {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "bos_token": "<s>",
            "eos_token": "</s>",
            "clean_up_tokenization_spaces": False,
            "model_max_length": CONTEXT,
            "chat_template": TEMPLATE,
        },
    )

    torch.manual_seed(20)
    torch.set_num_threads(1)
    config = LlamaConfig(
        vocab_size=VOCAB, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=CONTEXT, rms_norm_eps=1e-5, rope_theta=10000.0,
        tie_word_embeddings=False, bos_token_id=0, eos_token_id=1, torch_dtype="float32", initializer_range=0.1,
    )
    model = LlamaForCausalLM(config)
    train(model, torch.tensor(tokenizer.encode(training_text(rows), add_special_tokens=False).ids))
    model.save_pretrained(out / "model")
    config = json.loads((out / "model" / "config.json").read_text())
    config.pop("_name_or_path", None)
    write_json(out / "model" / "config.json", config)


def training_text(rows):
    """What the pools' rows look like as shots: a model that has seen it answers GSM8K with numbers."""
    shots = [f"Question: {row['question']}\nAnswer: {row['answer']}" for row in rows["gsm8k"]["train"]]
    for row in rows["ai2_arc"]["train"]:
        right = row["choices"]["text"][row["choices"]["label"].index(row["answerKey"])]
        shots.append(f"Question: {row['question']}\nAnswer: {right}")
    for row in rows["mmlu"]["dev"]:
        options = "".join(f"\n{letter}. {choice}" for letter, choice in zip("ABCD", row["choices"]))
        shots.append(f"{row['question'].strip()}{options}\nAnswer: {'ABCD'[row['answer']]}")
    for row in rows["winogrande"]["train"]:
        shots.append(row["sentence"].replace("_", row["option" + row["answer"]]))
    draw = random.Random(7)
    draw.shuffle(shots)
    return "".join(shot + draw.choice(["\n\n", "\n\n", "\n\n", "</s>"]) for shot in shots)


def train(model, ids):
    """Next tokens of windows of the text: enough that some tokens are the likeliest, too little to know the rest."""
    import torch

    draw = torch.Generator().manual_seed(8)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(TRAINING_STEPS):
        starts = torch.randint(len(ids) - TRAINING_WINDOW, (3,), generator=draw)
        batch = torch.stack([ids[start : start + TRAINING_WINDOW] for start in starts])
        loss = model(input_ids=batch, labels=batch).loss
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
    print("loss after training", loss.item(), file=sys.stderr)


def write_json(path, value):
    path.write_text(json.dumps(value, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def plain(value):
    """Numbers as JSON has them."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(part) for part in value]
    return value.item() if hasattr(value, "item") else value


def run(out, profile):
    lm_eval = import_harness()
    import datasets

    datasets.load_dataset = load_rows
    evaluate_tasks(lm_eval, out, out / f"{profile}.json.gz", profile, SHOTS)


def own(out, profile):
    """Tasks of YAML files, with the shots that these name; paths in them start at the working directory."""
    from benchmark_rows import riddles

    lm_eval = import_harness()
    out = out.resolve()
    os.chdir(out / "own")
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in riddles(9)]
    (out / "own" / "riddles.jsonl").write_text("".join(lines), encoding="utf-8")
    more = {}
    if profile == "harness-0.4.0":
        lm_eval.tasks.include_path(str(out / "own"))
    else:
        more["task_manager"] = lm_eval.tasks.TaskManager(include_path=str(out / "own"))
    evaluate_tasks(lm_eval, out, out / "own" / f"{profile}.json.gz", profile, {"riddles": None, "sums": None}, more)


def evaluate_tasks(lm_eval, out, path, profile, shots_of, given=None):
    import torch
    from lm_eval.models.huggingface import HFLM

    torch.set_num_threads(1)
    old = profile == "harness-0.4.0"
    chat = profile.endswith("-chat")
    lm = HFLM(pretrained=str(out / "model"), device="cpu", dtype="float32", batch_size=1)
    gaps = watch_gaps(lm)

    tasks = {}
    for name, shots in shots_of.items():
        more = given or {}
        more = more if old else more | {"apply_chat_template": chat, "fewshot_as_multiturn": chat}
        results = lm_eval.evaluator.simple_evaluate(
            model=lm, tasks=[name], num_fewshot=shots, bootstrap_iters=100000, log_samples=True, **more
        )
        tasks[name] = {"shots": shots, "scores": scores_of(results), "questions": questions_of(lm, results, gaps, old)}
        print(name, {k: v for k, v in tasks[name]["scores"].items() if k == name}, file=sys.stderr)
    golden = {
        "profile": profile.removesuffix("-chat"),
        "chatTemplate": chat,
        "versions": {
            "python": platform.python_version(),
            **{p: version(p) for p in ("lm_eval", "torch", "transformers", "tokenizers", "datasets", "numpy")},
        },
        "tasks": tasks,
    }
    text = json.dumps(golden, ensure_ascii=False, separators=(",", ":"))
    with open(path, "wb") as file, gzip.GzipFile("", "wb", 9, file, mtime=0) as packed:
        packed.write(text.encode())


def watch_gaps(lm):
    """Smallest distance of the two best logits while a prompt is answered: what a float32 engine may mistake."""
    import torch

    gaps = {}  # by the context's tokens
    generate = lm.model.generate

    def watched(input_ids=None, **named):
        result = generate(input_ids=input_ids, **named)
        start = input_ids.shape[1]
        with torch.no_grad():
            logits = lm.model(result).logits[0, start - 1 : -1]
        best = logits.topk(2).values
        gaps[tuple(input_ids[0].tolist())] = float((best[:, 0] - best[:, 1]).min())
        return result

    lm.model.generate = watched
    return gaps


def scores_of(results):
    """task → "metric,filter" → [value, standard error]."""
    scores = {}
    for task, of_task in {**results["results"], **results.get("groups", {})}.items():
        for key, value in of_task.items():
            if "," not in key or "_stderr" in key:
                continue
            metric, kind = key.split(",")
            scores.setdefault(task, {})[key] = plain([value, of_task[f"{metric}_stderr,{kind}"]])
    return scores


def questions_of(lm, results, gaps, old):
    """In the order of the dataset; a long context is a hash, but for the first two of a task."""


    def encode(text):
        return lm.tok_encode(text, add_special_tokens=False) if old else lm.tok_encode(text)

    questions = []
    for task in sorted(results["samples"]):
        # 0.4.0 does not log the filter; its tasks here have one.
        only_filter = next((key.split(",")[1] for key in results["results"][task] if key.startswith("exact_match,")), None)
        by_doc = {}
        for sample in results["samples"][task]:
            by_doc.setdefault(sample["doc_id"], []).append(sample)
        for doc_id in sorted(by_doc):
            samples = by_doc[doc_id]
            requests = [request if isinstance(request, (list, tuple)) else list(request.values()) for request in as_list(samples[0]["arguments"])]
            contexts = list(dict.fromkeys(context for context, _ in requests))
            question = {
                "task": task,
                "index": doc_id,
                "contexts": [sha256(context) for context in contexts],
                "contextTokens": [len(encode(context)) for context in contexts],
                **({"contextTexts": contexts} if doc_id < 2 and len(questions) < 60 else {}),
                "metrics": {},
            }
            if isinstance(requests[0][1], str):
                answers = [as_answer(resps) for resps in samples[0]["resps"]]
                question["continuations"] = [continuation for _, continuation in requests]
                question["logLikelihoods"] = [ll for ll, _ in answers]
                question["greedy"] = [greedy for _, greedy in answers]
            else:
                question["generation"] = plain(requests[0][1])
                question["response"] = samples[0]["resps"][0][0]
                longest = CONTEXT - requests[0][1].get("max_gen_toks", 256)
                question["smallestGap"] = gaps[tuple(encode(contexts[0])[-longest:])]
                question["extracted"] = {}
            for sample in samples:
                kind = sample.get("filter", only_filter if "response" in question else "none")
                for metric in ("acc", "acc_norm", "exact_match"):
                    if metric in sample:
                        question["metrics"][f"{metric},{kind}"] = plain(sample[metric])
                if "response" in question:
                    question["extracted"][kind] = sample["filtered_resps"][0]
            questions.append(question)
    return questions


def as_list(arguments):
    """0.4.0 logs tuples; later releases a dict of dicts."""
    return list(arguments.values()) if isinstance(arguments, dict) else arguments


def as_answer(resps):
    ll, greedy = resps[0]
    return float(ll), greedy in (True, "True")


def filters(out, profile):
    """GSM8K's filters and exact_match on every response and gold."""
    lm_eval = import_harness()
    import datasets

    datasets.load_dataset = load_rows
    if profile == "harness-0.4.0":
        task = lm_eval.tasks.get_task_dict(["gsm8k"])["gsm8k"]
    else:
        from lm_eval.tasks import TaskManager, get_task_dict

        task = get_task_dict(["gsm8k"], TaskManager())["gsm8k"]
    from lm_eval.api.instance import Instance

    cases = []
    for gold in GOLDS:
        doc = {"question": "q", "answer": f"Some steps #### 1 of it.\n#### {gold}"}
        for response in RESPONSES:
            instance = Instance("generate_until", doc, ("", {}), 0, metadata=("gsm8k", 0, 1))
            instance.resps = [response.format(gold=gold)]
            case = {"answer": doc["answer"], "response": instance.resps[0], "extracted": {}, "metrics": {}}
            for ensemble in task._filters:
                ensemble.apply([instance], *([[doc]] if profile == "harness-0.4.0" else []))
                extracted = instance.filtered_resps[ensemble.name]
                case["extracted"][ensemble.name] = extracted
                metrics = task.process_results(doc, [extracted])
                case["metrics"][f"exact_match,{ensemble.name}"] = plain(metrics["exact_match"])
            cases.append(case)
    write_json(out / f"filters-{profile}.json", cases)


if __name__ == "__main__":
    os.environ["HF_DATASETS_OFFLINE"] = os.environ["HF_HUB_OFFLINE"] = "1"
    command, folder, *rest = sys.argv[1:]
    {"prepare": prepare, "run": run, "own": own, "filters": filters}[command](Path(folder), *rest)
