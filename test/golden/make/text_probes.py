"""Small templates, one matter each: what jinja2 in transformers' setting makes of them is the promise."""

VARIABLES = {
    "messages": [{"role": "user", "content": " Hi\n"}, {"role": "assistant", "content": "Yo 🙂é"}, {"role": "user", "content": "x"}],
    "text": "The quick brown fox", "blanks": "\t \u00a0a b\u2003\n\x1c", "odd": "\ufeff\u200bx\u0085", "emoji": "a🙂👍🏽b", "n": 3, "f": 2.5, "zero": 0,
    "items": ["b", "A", "c", "a"], "numbers": [3, 1, 2, 1], "d": {"b": 1, "a": {"x": [1, "y"]}, "items": 5}, "nothing": None, "yes": True, "bos_token": "<s>", "eos_token": "</s>", "empty": "",
    "add_generation_prompt": True, "tools": None,
}

EXPRESSIONS = r"""
1
1.0
1e20
1.5e-7
0.1 + 0.2
100000000000000000.0
1e16
123456789012345.0
-0.0
1_000
0x1F
1 / 2
7 // 2
-7 // 2
7 % 3
-7 % 3
7 % -3
2 ** 10
2 ** -1
-2 ** 2
2 ** 3 ** 2
7.5 // 2
7.5 % 2
1 / 0
1 // 0
5 % 0
true
True
false + 1
none
None
1 == 1.0
1 == true
'1' == 1
[1, 2] == [1, 2]
(1, 2) == [1, 2]
{'a': 1} == {'a': 1.0}
'a' < 'b'
'a' < 'B'
'Z' < 'a'
'🙂' > '\uffee'
1 < 2 < 3
1 < 3 < 2
1 < 'a'
none < 1
[1, 2] < [1, 3]
not 1
not ''
not []
'a' and 'b'
'' or 'b'
0 or none
1 if yes else 2
1 if zero
(1 if zero) is defined
'a' ~ 1 ~ none ~ 2.0 ~ true
'a' + 'b' * 3
'a' + 1
1 + 'a'
'a' * 2.0
[1] + [2]
[1] + (2,)
(1,) + (2,)
[0] * 3
3 * 'ab'
'a' - 'b'
-'a'
+5
- 5
--5
not not 1
'x' in 'xyz'
1 in 'xyz'
1 in [1, 2]
'b' in d
'z' in d
'role' in messages[0]
messages[0] in messages
'a' not in 'abc'
'x' in missing
missing in [1]
missing
missing.x
missing['x']
missing + 'a'
'a' ~ missing ~ 'b'
missing == missing
missing is defined
missing is undefined
missing or 'fallback'
missing | default('d')
missing | length
nothing | default('d')
nothing | default('d', true)
nothing | d('d', boolean=true)
nothing.x
nothing['x']
nothing + 'a'
messages[0].missing
messages[0].missing.more
messages[0]['role']
messages[0].role
messages[9]
messages[9] is defined
messages[9].role
messages[-1].content
messages[0][0]
messages['role']
messages.0.role
d['items']
d.items()
d.items() | list
d | items | list
d.keys() | list
d.values() | list
d.get('b')
d.get('zz')
d.get('zz', 7)
d.get('zz').x
d.a.x[1]
d['a']['x'][0]
d | length
d | list
d
d | string
d.b
d.pop('b')
d.update({'q': 1})
items.append('z')
items.append is defined
items.index('c')
items.count('a')
items.pop()
items | join
items | join('-')
items | join(', ') | upper
numbers | join('+')
messages | join(',', attribute='role')
items | first
items | last
[] | first
[] | first | default('none')
items | length
items | count
items | sort
items | sort(reverse=true)
items | sort(case_sensitive=true)
numbers | sort
numbers | unique | list
numbers | sum
numbers | min
numbers | max
items | min
[] | max
[1, 'a'] | sort
messages | map(attribute='role') | list
messages | map(attribute='zip', default='?') | list
items | map('upper') | list
items | map('replace', 'a', 'X') | join
messages | selectattr('role', 'equalto', 'user') | list | length
messages | selectattr('role', '==', 'user') | map(attribute='content') | list
messages | rejectattr('role', 'eq', 'user') | list
messages | selectattr('missing') | list
messages | selectattr('role', 'in', ['user']) | list | length
messages | selectattr('role', 'equalto', 'user') | length
messages | selectattr('role', 'equalto', 'user') | first
messages | selectattr('role', 'equalto', 'user') | last
numbers | select('odd') | list
numbers | reject('odd') | list
numbers | select('gt', 1) | list
numbers | select | list
items | reverse | list
'abc' | reverse
items[::-1]
items[1:]
items[:2]
items[-2:]
items[1:-1]
items[::2]
items[::-2]
items[5:]
items[2:1]
items[::0]
'abcdef'[1:4]
'abcdef'[::-1]
'abcdef'[-2]
'abcdef'[9]
emoji[1]
emoji[1:3]
emoji[::-1]
emoji | length
emoji | list
emoji | first
(1, 2, 3)[1:]
(1,)
()
(1)
1, 2
[1, [2, ['x', none, true, 1.5]], {'k': "it's"}]
{'a': 1, 'b': [true]}
{1: 'x', none: 'y', 1.0: 'z'}
{'a': 1}.a
{'a': 1}['a']
{[1]: 2}
"a'b"
'a"b'
['a\'b', "a\"b", 'a\'"b', 'a\\b', 'a\nb\t\x00\u200b\u00e9🙂']
'\x41\u0042\U00000043\101\q\a' | length
'a' 'b'
text.upper()
text.lower()
text.title()
"they're bill's x-ray" | title
"they're bill's x-ray".title()
'ǆ straße ΑΣ' | capitalize
'straße ŉ' | upper
'ΑΣ' | lower
'hELLO wORLD' | capitalize
text.capitalize()
text.split()
text.split(' ')
text.split(' ', 1)
text.split(maxsplit=1)
text.split(sep='q')
text.split('')
text.rsplit(' ', 1)
text.rsplit(maxsplit=2)
'  a  b  c  '.split(none, 1)
'  a  b  c  '.rsplit(none, 1)
'a,b,,c'.split(',')
''.split()
''.split(',')
blanks.split()
blanks.strip() | length
blanks | trim | length
blanks.lstrip() | length
blanks.rstrip() | length
odd | trim | length
odd.strip() | length
odd.split() | length
'xxaxx'.strip('x')
'xyaxy'.lstrip('yx')
'xyaxy'.rstrip('yx')
'xxaxx' | trim('x')
'\n a \n'.strip('\n')
text.startswith('The')
text.startswith(('x', 'The'))
text.startswith('quick', 4)
text.endswith('fox')
text.endswith(['fox'])
text.find('q')
text.find('zz')
text.rfind('o')
text.index('zz')
text.replace('o', '0')
text.replace('o', '0', 1)
text | replace('o', '0')
text | replace('o', '0', 1)
text.replace('', '-')
'aXbX'.replace('X', '$&')
123 | replace(2, 'x')
text.partition(' ')
text.rpartition(' ')
text.partition('zz')
text.count('o')
text.removeprefix('The ')
text.removesuffix(' fox')
','.join(items)
','.join(numbers)
'-'.join('abc')
'a\nb\r\nc\x0bd'.splitlines()
text.isdigit()
'12'.isdigit()
' \t'.isspace()
''.isspace()
'abc'.isalpha()
'ABC'.isupper()
'abC1'.isalnum()
text.center(30)
text.format(1)
text.encode()
text.nope
text.nope()
text.__class__
text._x
text | nope
text is nope
text | length
text[4:9]
text[100:]
'a' | indent
'a\nb\n\nc' | indent
'a\nb\n\nc' | indent(2, true)
'a\nb\n\nc' | indent(2, blank=true)
'a\nb\n' | indent(width='>>')
'3' | int
'3.7' | int
' 12 ' | int
'x' | int
'x' | int(7)
'x' | int(default=-1)
3.9 | int
-3.9 | int
true | int
none | int
'1_000' | int
'2.5' | float
'x' | float
3 | float
'1e3' | float
'inf' | float
-5 | abs
-2.5 | abs
5 | string ~ 'x'
5 | upper
none | upper
none | string
[1] | string
'%s is %d and %r' | format('x', 5, 'y')
'%s' % 'a'
'%s %s' % ('a', 1)
'%d%%' % 50
'%s' % none
d | tojson
d | tojson(indent=2)
d | tojson(indent=0)
d | tojson(sort_keys=true)
d | tojson(separators=(',', ':'))
[] | tojson(indent=2)
{} | tojson
emoji | tojson
emoji | tojson(ensure_ascii=true)
'a"b\\c\n\t\x01\x7f</script>&\u2028' | tojson
1.0 | tojson
1e20 | tojson
1.5e-7 | tojson
none | tojson
true | tojson
(1, 2) | tojson
{1: 2, none: 3, true: 4} | tojson
missing | tojson
messages | map(attribute='role') | tojson
range(3) | tojson
d | dictsort
{'b': 1, 'A': 2} | dictsort
{'b': 1, 'A': 2} | dictsort(true)
{'b': 1, 'A': 2} | dictsort(by='value', reverse=true)
range(3)
range(3) | list
range(1, 4) | list
range(5, 0, -2) | list
range(0)
range(3)[1]
range(3)[-1]
range(5)[1:3] | list
range(100001)
range(2.5)
range(3) | length
2 in range(3)
namespace(a=1).a
namespace({'a': 1}, b=2).b
namespace(a=1)['a']
namespace(a=1).zz
namespace(_a=1)
dict(a=1, b='x')
dict([('a', 1)])
dict(a=1).a
raise_exception('no')
raise_exception()
strftime_now('%d %b %Y')
strftime_now('%A, %B %-d, %Y at %I:%M %p %%')
strftime_now('%a|%b|%c|%D|%e|%f|%F|%G|%h|%H|%j|%m|%R|%S|%T|%u|%U|%V|%w|%W|%x|%X|%y|%z|%Z')
strftime_now('%-H %-I %-j %-m %-M %-S%n%t')
strftime_now()
messages is iterable
text is iterable
3 is iterable
none is iterable
d is iterable
text is string
3 is string
d is mapping
messages is mapping
messages is sequence
text is sequence
d is sequence
3 is sequence
none is sequence
3 is number
2.5 is number
true is number
'3' is number
3 is integer
true is integer
2.5 is float
3 is float
true is boolean
1 is boolean
true is true
1 is true
false is false
none is none
missing is none
3 is odd
3 is even
4 is even
9 is divisibleby 3
9 is divisibleby(4)
'abc' is lower
'ABC' is upper
'Abc' is lower
'a' is in 'abc'
1 is in [1]
3 is eq 3
3 is ne 3
3 is gt 2
3 is lt 2
3 is ge(3)
3 is not none
3 is not odd
none is sameas none
missing is callable
range is callable
text is callable
text is defined and text is string
text is defined or missing
nothing is none and true
x is defined
not missing is defined
missing is not defined
3 is odd and 4 is even
yes is true
1 if yes is true else 2
text | length > 5
text | length is odd
-text | length
(messages | length - 1) % 2 == 0
messages|length-1
n-1
n -1
n - 1
[n-1, -1]
n+1 ~ 'x'
'a' ~ n * 2
n * 2 ~ 'a'
n == 3 and f == 2.5
n.real
n.nope
f.is_integer()
messages[n - 2].role
messages[:n - 1] | length
messages[(n - 2):] | length
messages | length == 3 if yes else 'no'
text|upper|lower|title
(text ~ '!') | upper
text ~ '!' | upper
text.split(' ')[-1].upper()[0]
text.split(' ') | last | first | upper
['a', 'b',]
{'a': 1,}
range(3,) | list
text.replace(old='o', new='0')
text.split(' ', maxsplit=1)
'a'.upper(1)
(text)
((text))
text if false else empty
text if empty else 'none'
items | map('length') | sum
[[1, 2], [3]] | map('first') | list
[[1, 2], [3]] | sum(start=[])
[{'a': {'b': 1}}] | map(attribute='a.b') | list
[[5, 6]] | map(attribute=1) | list
[[5, 6]] | map(attribute='0') | list
items | safe
(items | first) | safe
text | e
text | escape
text | wordcount
text | truncate(5)
[1, 2, 3] | batch(2) | list
3.7 | round
messages | groupby('role') | list
text | center(30)
1 is defined is defined
1 +
[1
{'a' 1}
'unterminated
a b
1 = 2
""".strip("\n").split("\n")

STATEMENTS = [
    "a\n", "a\n\n", "\na", "a\r\nb\rc\n", "{{ 1 }}\n", "{{ 1 }}\n\n", "{% if 1 %}\na\n{% endif %}\nb", "  {% if 1 %}  a  {% endif %}  \nb", "x  {% if 1 %}\n  a\n  {% endif %}\nb",
    "a {%- if 1 %} b {% endif -%} c", "a\n\n {%- if 1 -%} \n b \n {%- endif -%} \n c", "  {{ 1 }}\n  {{- 2 }}\n {{ 3 -}} \n x", "  {%+ if 1 %}a{% endif %}", "{% if 1 +%}\na{% endif %}", "{% if 1 -%}\n\n a{% endif %}",
    "{# c #}\na", "  {# c #}\na", "a {#- c -#} b", "{# {% if %} #}x", "{# unclosed", "{% raw %}{{ x }}{% endraw %}", "  {% raw %}\n {{ x }}\n{% endraw %}\n y", "a {%- raw -%} {% b %} {%- endraw -%} c", "{% raw %}x", "{{ '{{' }} {{ '%}' }} {{ \"}}\" }}", "{{ {'a': {'b': 1}} }}", "{{ {'a': {'b': 1}}}}", "{{ '\n' }}|", "{ { } } {x} %} }} #}", "{{}}", "{{ }}", "{%%}", "{{ 1 }", "{% if %}",
    "{% for i in [1,2,3] %}{{ i }}{% endfor %}", "{% for i in [] %}{{ i }}{% else %}none{% endfor %}", "{% for i in [1,2,3,4] if i is odd %}{{ loop.index }}:{{ i }}/{{ loop.length }} {% endfor %}", "{% for k, v in {'a': 1, 'b': 2}.items() %}{{ k }}={{ v }}{% if not loop.last %}, {% endif %}{% endfor %}", "{% for a, b in [[1, 2], [3]] %}{{ a }}{% endfor %}", "{% for (a, b), c in [((1, 2), 3)] %}{{ a }}{{ b }}{{ c }}{% endfor %}", "{% for c in 'a🙂b' %}[{{ c }}]{% endfor %}", "{% for k in {'x': 1} %}{{ k }}{% endfor %}", "{% for i in 5 %}{% endfor %}", "{% for i in none %}{% endfor %}", "{% for i in missing %}x{% else %}e{% endfor %}",
    "{% for i in range(3) %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }}{{ loop.depth }}{{ loop.changed(i // 2) }} {% endfor %}", "{% for i in [1, 2] %}{% for j in [1, 2] %}{{ loop.index }}{{ i }}{{ j }} {% endfor %}{{ loop.index }}{% endfor %}", "{{ loop }}", "{% for i in [1] %}{{ loop.nope }}{% endfor %}", "{% for i in [1, 2] %}{{ loop.previtem is defined }}{% endfor %}",
    "{% for i in range(9) %}{% if i == 2 %}{% continue %}{% endif %}{% if i == 5 %}{% break %}{% endif %}{{ i }}{% endfor %}", "{% break %}", "{% for i in [1, 2] %}{% continue %}{% else %}e{% endfor %}", "{% for i in [1, 2] %}{{ i }}{% if i == 2 %}{% break %}{% endif %}{% else %}e{% endfor %}", "{% for i in [1] %}{% break %}{% else %}e{% endfor %}", "{% for i in [[1, [2]], [3]] recursive %}{{ loop(i) if i is iterable else i }}{{ loop.depth }}{% endfor %}",
    "{% set x = 1 %}{% for i in [1, 2] %}{% set x = i %}{{ x }}{% endfor %}{{ x }}", "{% for i in [1, 2] %}{{ y }}{% set y = i %}{% endfor %}{{ y }}", "{% if 1 %}{% set x = 2 %}{% endif %}{{ x }}", "{% if 0 %}{% set text = 2 %}{% endif %}{{ text }}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{% set a, b = 1, 2, 3 %}", "{% set x = 1, %}{{ x }}", "{% set x %}a{{ 1 }}b{% endset %}{{ x }}", "{% set x | upper %}a{{ 1 }}b{% endset %}{{ x }}", "{% set x %}{% set y = 1 %}{% endset %}{{ y }}", "{% set messages = messages[1:] %}{{ messages|length }}", "{% set text.x = 1 %}", "{% set true = 1 %}", "{% set 'a' = 1 %}",
    "{% set ns = namespace(n=0) %}{% for i in range(4) %}{% set ns.n = ns.n + i %}{% endfor %}{{ ns.n }}", "{% set ns = namespace() %}{% set ns.a = [] %}{% for i in [1, 2] %}{% set ns.a = ns.a + [i] %}{% endfor %}{{ ns.a }}", "{% set ns = namespace(a=1) %}{% set ns.a, b = 5, 6 %}{{ ns.a }}{{ b }}", "{% set ns = namespace() %}{% set ns._a = 1 %}",
    "{% if zero %}a{% elif n %}b{% else %}c{% endif %}", "{% if zero %}a{% elif empty %}b{% else %}c{% endif %}", "{% if text is string and n > 2 or missing.x %}y{% endif %}", "{% if missing.x %}y{% endif %}", "{% if not missing %}y{% endif %}", "{% if messages[0].role == 'user' %}u{%- endif %} x",
    "{% macro f(a, b=2, c=a) %}{{ a }}{{ b }}{{ c }}{% endmacro %}{{ f(1) }} {{ f(1, c=3) }} {{ f(b=9, a=8) }}", "{% macro f(a) %}[{{ a }}]{% endmacro %}{{ f() }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, 2) }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(b=2) }}", "{% macro f(a) %}{{ a }}{% endmacro %}{{ f(1, a=2) }}", "{% macro f() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, x=3) }}", "{% macro f() %}{{ text }}{% endmacro %}{{ f() }}", "{% set v = 1 %}{% macro f() %}{{ v }}{% endmacro %}{% set v = 2 %}{{ f() }}", "{% macro f() %}{{ i }}{% endmacro %}{% for i in [1, 2] %}{{ f() }}{% endfor %}", "{% for i in [1, 2] %}{% macro f() %}{{ i }}{% endmacro %}{{ f() }}{% endfor %}", "{% macro f(n) %}{{ n }}{% if n %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}", "{% macro f() %}{% set text = 'in' %}{{ text }}{% endmacro %}{{ f() }}{{ text }}", "{% macro f() -%} a {%- endmacro %}{{ f() ~ 'b' }}{{ f() | upper }}{{ f().strip() }}", "{% macro f() %}{{ caller() }}{% endmacro %}{% call f() %}body{{ n }}{% endcall %}", "{% macro f() %}{{ caller(1, 2) }}{% endmacro %}{% call(a, b=5, c=6) f() %}{{ a }}{{ b }}{{ c }}{% endcall %}", "{% macro f() %}{{ caller() }}{% endmacro %}{{ f() }}", "{% macro f() %}x{% endmacro %}{% call f() %}y{% endcall %}", "{% call text() %}x{% endcall %}", "{% macro f(a, b) %}{{ a }}{{ b }}{% endmacro %}{{ f(*[1, 2]) }}{{ f(**{'a': 1, 'b': 2}) }}", "{% macro f(a=1, b) %}{% endmacro %}", "{{ f() }}{% macro f() %}x{% endmacro %}", "{% macro f() %}{% endmacro %}{{ f is callable }}{{ f.name }}",
    "{% filter upper %}a{{ 'b' }}{% endfilter %}", "{% filter replace('a', 'b') | upper %}aac{% endfilter %}", "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}{{ a }}", "{% with a = n %}{% set q = a %}{{ q }}{% endwith %}{{ q }}", "{% generation %}x{% endgeneration %}", "a\n  {%- generation -%}\n x \n{%- endgeneration %}\nb", "{% generation %}{% set z = 1 %}{% endgeneration %}{{ z }}", "{% print 1, 'a' %}",
    "{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}", "{% block b %}x{% endblock %}", "{% do 1 %}", "{% nope %}", "{% endif %}", "{% if 1 %}", "{% for i in [1] %}{% endif %}", "{% if 1 %}a{% else %}b{% else %}c{% endif %}", "{% for i in [1, 2] -%}\n  {{ i }}\n{%- endfor %}\n", "{% for i in [1] : %}x{% endfor %}",
    "{{ 'a' if n == 3 }}{{ 'b' if n == 4 }}", "{{ 'a' if n == 4 else 'b' if n == 3 else 'c' }}", "{{ text\n  | upper\n}}", "{{- '\\n' -}}\n\n{{ 1 }}", "{% set x = ' ' %}{{ x }}{{ '' }}|", "{{ messages[0]['content'] | trim + eos_token }}", "{{ (messages[0]['content'] | trim) + eos_token }}", "{{ bos_token + '[INST] ' + messages[0].content.strip() + ' [/INST]' }}", "{{ messages }}", "{{ messages[0] }}",
    "{% for m in messages %}{{ m['role'] + '\\n' + m['content'] }}{% if loop.last and add_generation_prompt %}{{ '<a>' }}{% endif %}{% endfor %}", "{% for m in messages | selectattr('role', 'ne', 'user') %}{{ m.content }}{{ loop.length }}{% endfor %}", "{% for m in messages | reverse %}{{ loop.revindex }}{{ m.role }}{% endfor %}", "{% set g = messages | map(attribute='role') %}{{ g | list }}{{ g | list }}", "{% set u = messages | selectattr('role', 'equalto', 'user') | list %}{{ u[-1].content }}{{ messages[-1] == u[-1] }}",
    "{{ '\u00e9\U0001F642' }}\u00a0\n{% if 1 %}\u00a0{% endif %}", "\u00a0\u2003{%- if 1 %}x{% endif -%}\u3000 y", "\ufeff{%- if 1 %}x{% endif -%}\ufeff", "\x1c\x85{%- if 1 %}x{% endif %}",
]

# Names that a body assigns later: undefined from its first line on, for the loops and macros inside.
LATE = [
    "{% macro m() %}{{ text }}{% endmacro %}{{ m() }}{% set text = 1 %}{{ m() }}", "{% for i in [1] %}{{ text }}{% endfor %}{% set text = 1 %}", "{{ text }}{% for i in [1] %}{{ text }}{% endfor %}{% set text = 1 %}",
    "{% for i in [1] %}{{ text }}{% endfor %}{% if n %}{% set text = 1 %}{% endif %}{{ text }}", "{% for i in [1, 2] %}{% for j in [1] %}{{ text }}{% endfor %}{% set text = i %}{% endfor %}{{ text }}", "{% if n %}{% for i in [1] %}{{ text }}{% endfor %}{% set text = 1 %}{% endif %}",
    "{% set x %}{{ text }}{% endset %}{% set text = 1 %}{{ x }}", "{% filter upper %}{{ text }}{% endfilter %}{% set text = 1 %}", "{% set text = text %}{% for i in [1] %}{{ text }}{% endfor %}", "{% macro f() %}{{ messages | length }}{% endmacro %}{% set messages = messages[1:] %}{{ f() }}",
]

PROBES = ["{{ " + expression + " }}" for expression in EXPRESSIONS] + STATEMENTS + LATE
