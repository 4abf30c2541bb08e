"""Synthetic rows of the six benchmark datasets, in each dataset's schema: { dataset: { split: [row, …] } }.

Sentences are random words; the rows hold what the tasks' code must get right: brackets, runs of blanks and blanks at
the end (HellaSwag), numeric labels and 3 to 5 choices (ARC), commas, dollars and signs (GSM8K), labels that are not in
order (TruthfulQA), quotes and backslashes, and letters beyond ASCII. ARC's and Winogrande's pools are so small that
Python's `sample` draws by swapping, the others so large that it does not.
"""

import random

WORDS = (
    "the a one every some river stone light water plant cell force energy metal acid cloud moon star engine wheel "
    "child teacher farmer doctor horse bird fish tree leaf root seed soil wind rain snow heat ice salt sugar bread "
    "moves grows falls turns makes holds gives takes keeps shows finds needs loses breaks opens closes begins ends "
    "slowly quickly often never always under over near behind before after because while when and or but with from "
    "red green blue small large heavy bright cold warm old new most least why what which how many does is are was"
).split()
FOREIGN = ["café", "naïve", "Straße", "ΣΟΦΟΣ", "日本語", "привет", "🙂 smile", "élan", "ﬁne", "a\u00a0b", "½", "I\u0307stanbul"]

SUBJECTS = {
    "stem": "abstract_algebra anatomy astronomy college_biology college_chemistry college_computer_science "
    "college_mathematics college_physics computer_security conceptual_physics electrical_engineering "
    "elementary_mathematics high_school_biology high_school_chemistry high_school_computer_science "
    "high_school_mathematics high_school_physics high_school_statistics machine_learning",
    "other": "business_ethics clinical_knowledge college_medicine global_facts human_aging management marketing "
    "medical_genetics miscellaneous nutrition professional_accounting professional_medicine virology",
    "social_sciences": "econometrics high_school_geography high_school_government_and_politics "
    "high_school_macroeconomics high_school_microeconomics high_school_psychology human_sexuality "
    "professional_psychology public_relations security_studies sociology us_foreign_policy",
    "humanities": "formal_logic high_school_european_history high_school_us_history high_school_world_history "
    "international_law jurisprudence logical_fallacies moral_disputes moral_scenarios philosophy prehistory "
    "professional_law world_religions",
}


class Writer:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def words(self, least, most):
        words = self.random.choices(WORDS, k=self.random.randint(least, most))
        if self.random.random() < 0.15:
            words.insert(self.random.randrange(len(words) + 1), self.random.choice(FOREIGN))
        return " ".join(words)

    def sentence(self, least=4, most=9, end="."):
        return self.words(least, most).capitalize() + end


def arc(seed):
    w = Writer(seed)

    def row(i):
        count = w.random.choice([4, 4, 4, 4, 3, 5])
        labels = list("12345" if w.random.random() < 0.25 else "ABCDE")[:count]
        text = [w.words(1, 4) for _ in labels]
        if w.random.random() < 0.1:
            text[0] = "it's a \"quoted\\path\" word"
        if w.random.random() < 0.1:
            text[1] = str(w.random.randint(1, 2000))
        return {
            "id": f"SYN_{i}",
            "question": w.sentence(end="?") + (" " + w.sentence() if w.random.random() < 0.3 else ""),
            "choices": {"text": text, "label": labels},
            "answerKey": w.random.choice(labels),
        }

    return {split: [row(i) for i in range(n)] for split, n in (("train", 60), ("validation", 10), ("test", 40))}


def hellaswag(seed):
    w = Writer(seed)

    def row(i, split):
        ctx_a = w.sentence()
        ctx_b = w.random.choice(["", w.words(2, 5), w.words(2, 4).upper(), "the iPhone " + w.words(1, 3)])
        trap = i % 8
        if trap == 1:
            ctx_a = "[header] How to " + w.words(2, 4) + " [title] " + w.sentence()
        elif trap == 2:
            ctx_a += "  two  blanks   three [step]"
            ctx_b = "[substeps]"
        elif trap == 3:
            ctx_a = "  " + ctx_a + " [step] "
            ctx_b = ""
        elif trap == 4:
            ctx_b = w.random.choice(FOREIGN) + " " + w.words(1, 3)
        elif trap == 5:
            ctx_a = "an [open\nbracket] and [an open one " + ctx_a
        endings = [w.sentence(3, 7) for _ in range(4)]
        if trap == 6:
            endings[0] = "[title] " + endings[0] + " [step]"
            endings[1] = " " + endings[1] + "  "
        if i == 15:
            endings[3] = "[step]"
        return {
            "ind": i,
            "activity_label": w.words(1, 3).capitalize(),
            "ctx_a": ctx_a,
            "ctx_b": ctx_b,
            "ctx": (ctx_a + " " + ctx_b).strip(),
            "endings": endings,
            "source_id": f"synthetic~{split}_{i}",
            "split": split[:5],
            "split_type": "indomain",
            "label": str(w.random.randrange(4)),
        }

    return {split: [row(i, split) for i in range(n)] for split, n in (("train", 100), ("validation", 40))}


def truthfulqa(seed):
    w = Writer(seed)

    def row(i):
        right, wrong = w.random.randint(1, 4), w.random.randint(1, 5)
        labels = [1] * right + [0] * wrong
        if i == 7:
            labels = [1, 0, 1, 0, 0]
        choices = [w.sentence(2, 6) for _ in labels]
        single = [1] + [0] * w.random.randint(1, 3)
        return {
            "question": w.sentence(end="?"),
            "mc1_targets": {"choices": [w.sentence(2, 6) for _ in single], "labels": single},
            "mc2_targets": {"choices": choices, "labels": labels},
        }

    return {"validation": [row(i) for i in range(40)]}


def winogrande(seed):
    w = Writer(seed)

    def row(i):
        start = "" if i % 10 == 3 else w.words(3, 7).capitalize() + " "
        end = ["  " + w.words(2, 5) + ".  ", "'s " + w.words(2, 5) + ".", ", " + w.words(2, 5) + "."][i % 3]
        options = w.random.sample(["Maria", "Dennis", "the river", "Zoë", "engine", "Straße"], 2)
        return {
            "sentence": start + "_" + end,
            "option1": options[0],
            "option2": options[1],
            "answer": w.random.choice("12"),
        }

    return {split: [row(i) for i in range(n)] for split, n in (("train", 60), ("validation", 40))}


def gsm8k(seed):
    w = Writer(seed)
    numbers = ["18", "1,234", "-5", "0.5", "70000", "$40", "12.", "3"]

    def row(i):
        a, b = w.random.randint(2, 90), w.random.randint(2, 90)
        lines = [w.sentence() + f" {a}+{b}=<<{a}+{b}={a + b}>>{a + b} {w.words(1, 2)}.", w.sentence()]
        final = numbers[i % len(numbers)] if i % 2 else w.random.choice(["3", "18", "18", str(a + b)])
        return {
            "question": w.sentence() + f" {w.words(2, 4)} ${a}.50 and {b}%?" + ("\nHow many?" if i % 5 == 0 else ""),
            "answer": "\n".join(lines[: w.random.randint(1, 2)]) + f"\n#### {final}",
        }

    return {split: [row(i) for i in range(n)] for split, n in (("train", 50), ("test", 40))}


def mmlu(seed):
    w = Writer(seed)
    subjects = sorted(name for names in SUBJECTS.values() for name in names.split())

    def row(subject, i):
        question = w.sentence(3, 7, end="?" if w.random.random() < 0.7 else " ____")
        if i == 1:
            question = "\n " + question + " \n"
        return {
            "question": question,
            "subject": subject,
            "choices": [w.words(1, 3) for _ in range(4)],
            "answer": w.random.randrange(4),
        }

    return {
        "test": [row(s, i) for n, s in enumerate(subjects) for i in range(2 + n % 3)],
        "dev": [row(s, i) for s in subjects for i in range(5)],
    }


def riddles(seed):
    """Rows of a task that is nobody's but the person's: see benchmarks/own."""
    w = Writer(seed)

    def row(i):
        answers = [w.words(1, 2) for _ in range(w.random.randint(2, 4))]
        return {
            "riddle": " " + w.sentence(end="?") + " ",
            "hint": w.words(1, 2) if i % 3 == 0 else "",
            "answers": answers,
            "right": w.random.choice(answers),
        }

    return [row(i) for i in range(40)]


def all_rows():
    return {
        "ai2_arc": arc(1),
        "hellaswag": hellaswag(2),
        "truthful_qa": truthfulqa(3),
        "winogrande": winogrande(4),
        "gsm8k": gsm8k(5),
        "mmlu": mmlu(6),
    }
