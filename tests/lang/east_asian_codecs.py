# SPDX-License-Identifier: MIT
"""The multibyte codecs of East Asia: tables, states, errors, incremental use, text files."""
import codecs
import io
import os
import tempfile

TEXT = {
    'gb2312': '中文 abc', 'gbk': '镕基 abc', 'gb18030': '\u1e3f \U00012345 \u0080 中', 'hz': '~中文~ abc',
    'big5': '中文 ヾ ┼', 'cp950': '中文 ┼', 'big5hkscs': '\xca\u0304 嗰啲', 'euc_kr': '파이썬 갂', 'cp949': '똠방각하',
    'johab': '똠방각하 中', 'shift_jis': 'ソース ｱ \xa5', 'cp932': 'ソース ① ～', 'euc_jp': '漢字 ｱ 丂', 'euc_jis_2004': 'か\u309a \U00020089',
    'shift_jis_2004': 'か\u309a \xe6\u0300', 'euc_jisx0213': 'か\u309a', 'shift_jisx0213': 'か\u309a', 'iso2022_jp': '漢字 abc\n漢',
    'iso2022_jp_1': '丂 漢', 'iso2022_jp_2': '한 中 漢', 'iso2022_jp_3': 'か\u309a \xe6\u0300\xe6 漢', 'iso2022_jp_2004': 'か\u309a 漢',
    'iso2022_jp_ext': 'ｱ 漢', 'iso2022_kr': '파이썬 abc',
}
for name, text in TEXT.items():
    data = text.encode(name, 'xmlcharrefreplace')
    print(name, data, ascii(data.decode(name)))
    # one byte at a time, one character at a time
    dec = codecs.getincrementaldecoder(name)()
    assert ''.join(dec.decode(data[i:i + 1]) for i in range(len(data))) + dec.decode(b'', True) == data.decode(name), name
    enc = codecs.getincrementalencoder(name)('xmlcharrefreplace')
    assert b''.join(enc.encode(c) for c in text) + enc.encode('', True) == data, name

for name, bad in [('euc_jp', b'a\x8f\xa2'), ('big5', b'a\xa3\xe1b'), ('shift_jis', b'\xffx'), ('gb18030', b'\x81\x30\x81'), ('euc_kr', b'\xa4\xd4\xa4\xa1'),
                  ('iso2022_jp', b'ab\x1b$def'), ('iso2022_jp', b'a\xff'), ('hz', b'~x'), ('shift_jisx0213', b'\x87\x9fa')]:
    try:
        print(bad.decode(name))
    except UnicodeDecodeError as e:
        print(name, e, '|', ascii(bad.decode(name, 'replace')), ascii(bad.decode(name, 'ignore')), ascii(bad.decode(name, 'backslashreplace')))
try:
    '\u0123'.encode('euc_jp')
except UnicodeEncodeError as e:
    print(e)

enc = codecs.getincrementalencoder('euc_jis_2004')()
print(enc.encode('\xe6'), enc.getstate(), enc.encode('\u0300'), enc.getstate(), enc.encode('\xe6', True))
dec = codecs.getincrementaldecoder('iso2022_jp')()
print(dec.decode(b'\x1b$B4A;'), dec.getstate(), dec.decode(b'z'))
w = codecs.getwriter('iso2022_kr')(stream := io.BytesIO())
w.write('파')
w.reset()
print(stream.getvalue(), codecs.getreader('iso2022_kr')(io.BytesIO(stream.getvalue())).read())

# positions in text files of every kind of encoding
with tempfile.TemporaryDirectory() as folder:
    path = os.path.join(folder, 'f')
    for name in 'utf-8', 'utf-16', 'utf-16-le', 'latin-1', 'euc_jp', 'shift_jis', 'big5', 'gb18030', 'utf-8-sig', 'utf-7':
        text = 'ab\n\xe9\r\nxyz\n' * 3 if name == 'latin-1' else 'ab\n漢字\r\nx字z\n' * 3
        with open(path, 'w', encoding=name, newline='') as f:
            f.write(text)
        for chunk in 1, 3, 8192:
            with open(path, encoding=name) as f:
                f._CHUNK_SIZE = chunk
                places, rest = [], []
                while True:
                    places.append(f.tell())
                    if not f.read(1):
                        break
                whole = text.replace('\r\n', '\n')
                assert len(places) == len(whole) + 1, (name, chunk)
                for i in range(len(whole), -1, -1):
                    f.seek(places[i])
                    assert f.read() == whole[i:], (name, chunk, i)
                f.seek(0)
                assert [f.readline() for _ in range(4)] == whole.splitlines(True)[:4]
                f.seek(f.tell())
                assert f.read() == ''.join(whole.splitlines(True)[4:])
print('done')
