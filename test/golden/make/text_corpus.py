"""The texts of test/golden/text: generated, seeded, nothing downloaded."""

import random

WORDS = (
    "the of and to in is that for it was on are as with his they be at one have this from or had by not but what all "
    "were when we there can an your which their said if do will each about how up out them then she many some so these "
    "would other into has more her two like him see time could no make than first been its who now people my made over "
    "did down only way find use may water long little very after words called just where most know get through back "
    "model answer question training policy opponent margin fraction iteration reward token vocabulary gradient"
).split()
CJK = [
    "東京は日本の首都です。", "机器学习模型在训练数据上进行自我博弈。", "한국어 문장을 토큰으로 나눕니다.", "你好，世界！",
    "こんにちは、元気ですか？", "繁體中文測試：「引號」與標點。", "漢字とかなとカナの混在 mixed English 文章", "１２３全角ＡＢＣ",
    "𠮷野家で𩸽を食べる", "ㄱㄴㄷ ᄀᄁ 가각", "日本語　全角スペース", "《三体》…——完",
]
EMOJI = [
    "🙂", "👍🏽", "👩‍👩‍👧‍👦", "🏳️‍🌈", "🇩🇪🇯🇵", "👨🏿‍🚀", "❤️", "❤", "🤷🏻‍♀️", "1️⃣", "☕️☕", "🧑‍💻", "🫠", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "©®™", "✈︎", "🙂🙃🙂",
]
RTL = [
    "مرحبا بالعالم", "שלום עולם", "السَّلَامُ عَلَيْكُمْ", "نموذج اللغة 123 English", "עִבְרִית עם נִקּוּד", "\u202bRTL embed\u202c",
    "\u200fmark\u200e", "فارسی‌نویسی با نیم‌فاصله", "اردو: ٹوکن",
]
MARKS = [
    "e\u0301", "\u00e9", "n\u0303o", "Z\u0351\u036b\u0343\u032a\u0302a\u0324\u0301l\u034b\u0361g\u032f", "a\u0308\u0304", "ﬁ ﬂ ﬀ", "Å Å Å", "क्षत्रिय", "தமிழ்",
    "ไทยไม่มีช่องว่าง", "ཨོཾ", "ß ẞ ſ ŉ", "İstanbul ıI", "ǆ ǅ Ǆ", "ΑΣ ΟΔΟΣ ς", "½ ² ³ ① Ⅷ ٣ ५", "각 각", "\u0301lone", "Ω Ω", "한글",
]
BLANKS = [
    " ", "  ", "   ", "\t", "\n", "\r\n", "\n\n", "\n \n", " \n", "\t\t ", "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff", "\u0085", "\u2028",
    "\u2029", "\v", "\f", "\x1c", "\x1f", "\u180e", "\u202f", "\u2060", "     \n     ", "\r", "\n\r", " " * 17, "\n" * 9, "\t" * 5,
]
CONTROLS = [chr(c) for c in [0, 1, 7, 8, 27, 127, 128, 0x9F, 0xAD, 0x200C, 0x200D, 0xFFFD, 0xFFFE, 0xFFFF, 0xE000, 0x10FFFF, 0x1D11E, 0x2581, 0x120, 0xD7FF, 0xFE0F, 0xE0001, 0x10000]]
SPECIALS = [
    "<s>", "</s>", "<unk>", "<pad>", "<|endoftext|>", "<|im_start|>", "<|im_end|>", "<|eot_id|>", "<|begin_of_text|>", "<|user|>",
    "<|assistant|>", "<|end|>", "<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>", "[INST]", "[/INST]", "<<SYS>>", "<think>", "</think>",
    "<tool_call>", "<0x0A>", "<0xFF>", "<0xE2>", "▁", "▁▁", "Ġ", "Ċ", "<|start_header_id|>", "<|end_header_id|>", "<x>", "word!", "Größe", "[MASK]",
    "<sw>", "<ls>", "<rs>", "<b>", "</b>",
]
BROKEN = ["<|im_start", "|im_end|>", "<s", "/s>", "< s>", "<S>", "<|IM_END|>", "<|im_end|", "[INST", "<｜User｜>", "<|im_\u200bend|>", "<<s>>", "</s></s>", "<s>s<s>", "<|im_start|><|im_start|>", "\\<s\\>"]
CODE = [
    "def f(x: int) -> int:\n    return x ** 2  # square\n", "for (let i = 0; i < n; i++) {\n\tsum += a[i]\n}\n", "#include <stdio.h>\nint main(void) { printf(\"%d\\n\", 42); }",
    "SELECT * FROM t WHERE a <> 'b''c' AND x >= 1.5e-3;", "<div class=\"a b\">&nbsp;</div>", "x = {'a': [1, 2, {'b': None}]}", "if __name__ == '__main__':\n\tmain()\n",
    "git commit -m \"fix: don't\" && rm -rf ./out/*", "λ x → x + 1 ≤ ∞ ∑∏√", "https://example.org/a?b=c&d=%20#frag", "user.name+tag@example.co.uk", "$HOME/.config/~file", "a\\nb\\tc",
    "std::vector<std::pair<int,int>>&&", "f'''{x!r:>{w}}'''", "0xDEADBEEF 0b1010 1_000_000 1e-9 .5 5.", "camelCaseXMLHttpRequest snake_case_NAME kebab-case", "/* comment */ // another",
]
NUMBERS = ["0", "7", "42", "123", "1234", "12345", "1234567890", "3.14159", "-1,234,567.89", "1/2", "2^10", "10:45:59", "2024-07-26", "+49 30 123456", "٣٤٥", "१२३", "1st 2nd", "v1.2.3-rc.4", "99%", "#1", "IV", "1️⃣2️⃣"]
CONTRACTIONS = ["don't", "I'm", "we're", "they'll", "it's", "I'd", "you've", "DON'T", "IT'S", "WE'LL", "'tis", "o'clock", "rock'n'roll", "dogs' '", "'s", "'S", "it\u2019s", "'ſ", "x'll'd"]
PUNCTUATION = ["!", "?", ".", ",", ";", ":", "...", "…", "—", "–", "-", "--", "(", ")", "[]", "{}", "\"", "“”", "«»", "¿", "!?!", "***", "###", "~~~", "``", "$", "€", "^^", "_", "__", "|", "\\", "/", "@", "&", "%", "=", "==", "+-", "·", "•", "、", "。", "؟"]


def words(random_, low, high):
    return " ".join(random_.choice(WORDS) for _ in range(random_.randint(low, high)))


BLOCKS = [
    (0, 0x7F), (0x80, 0x24F), (0x250, 0x8FF), (0x900, 0xDFF), (0x1A00, 0x206F), (0x2070, 0x2BFF), (0x3000, 0x4DBF), (0x4E00, 0xD7A3),
    (0xA000, 0xAFFF), (0xE000, 0xE0FF), (0xF900, 0xFFFF), (0x1F000, 0x1FFFF), (0x20000, 0x33FFF), (0x10000, 0x1FFFF),
]


def anything(random_):
    """Any code point but surrogates; unassigned ones and those of the newest Unicode too."""
    while True:
        c = random_.randint(*random_.choice(BLOCKS))
        if not 0xD800 <= c < 0xE000:
            return chr(c)


def corpus():
    r = random.Random(20240726)
    pools = [CJK, EMOJI, RTL, MARKS, BLANKS, CONTROLS, SPECIALS, BROKEN, CODE, NUMBERS, CONTRACTIONS, PUNCTUATION]
    texts = [""]
    for pool in pools:
        texts += pool
    for special in SPECIALS:
        texts += [f" {special}", f"{special} ", f"a{special}b", f"a {special} b", f"{special}{special}", f"  {special}  \n", f"{special}\n\nx", f"é{special}é"]
    for blank in BLANKS:
        texts += [f"a{blank}b", f"{blank}a", f"a{blank}", f"{blank}{blank}1{blank}", f".{blank}("]
    texts += ["a" * 2000, "ab" * 700, "東" * 300, "🙂" * 200, "x" * 65 + " " + "y" * 64, "0" * 500, "_" * 300, "e\u0301" * 200, "aA" * 300, "!" * 257, "\n" * 200, " " * 400, "\t \n" * 100]
    while len(texts) < 2000:
        kind = r.randrange(10)
        if kind == 0:
            texts.append(words(r, 1, 12).capitalize() + r.choice([".", "?", "!", "", "\n"]))
        elif kind == 1:
            texts.append("".join(r.choice(r.choice(pools)) for _ in range(r.randint(2, 6))))
        elif kind == 2:
            texts.append(" ".join(r.choice(r.choice([WORDS, CONTRACTIONS, NUMBERS])) + r.choice(["", "", r.choice(PUNCTUATION)]) for _ in range(r.randint(2, 10))))
        elif kind == 3:
            texts.append("".join(anything(r) for _ in range(r.randint(1, 24))))
        elif kind == 4:
            texts.append(words(r, 1, 4) + r.choice(BLANKS) + r.choice(r.choice(pools)) + r.choice(BLANKS) + words(r, 1, 3))
        elif kind == 5:
            texts.append("".join(r.choice(SPECIALS + BROKEN) + r.choice(["", " ", words(r, 1, 2), r.choice(BLANKS)]) for _ in range(r.randint(1, 5))))
        elif kind == 6:
            texts.append(r.choice(CODE) + r.choice(BLANKS) + r.choice(CODE))
        elif kind == 7:
            texts.append("".join(r.choice("abcXYZ019 .,'\n\t-_éß東🙂") for _ in range(r.randint(3, 40))))
        elif kind == 8:
            texts.append(r.choice(WORDS).upper() + r.choice(EMOJI) + r.choice(CJK) + r.choice(NUMBERS))
        else:
            texts.append("".join(r.choice(MARKS + RTL + EMOJI + [" "]) for _ in range(r.randint(2, 6))))
    # Once more without the luck of the draw: pairs of neighbouring kinds.
    for left in pools:
        for right in pools:
            texts.append(r.choice(left) + r.choice(right))
            texts.append(r.choice(left) + " " + r.choice(right) + " ")
    return list(dict.fromkeys(texts))


def training_text():
    r = random.Random(7)
    lines = [words(r, 6, 16).capitalize() + "." for _ in range(900)]
    lines += CODE * 6 + CJK * 6 + CONTRACTIONS * 4 + NUMBERS * 4 + RTL * 4 + MARKS * 3 + EMOJI * 3
    lines += [f"{words(r, 1, 3)}  {words(r, 1, 3)}\n\n{words(r, 1, 2)}\t{r.choice(NUMBERS)}" for _ in range(200)]
    return lines
