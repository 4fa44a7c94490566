import fc from 'fast-check';
import { LineSplitter } from '../../lib/node/lines.js';

function split(chunks: readonly string[], maxLength = 100): string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(maxLength, (line) => lines.push(line));
  for (const chunk of chunks) splitter.write(chunk);
  splitter.end();
  return lines;
}

describe('LineSplitter', () => {
  it.each<{ title: string; chunks: string[]; lines: string[] }>([
    { title: 'gives nothing of nothing', chunks: [], lines: [] },
    { title: 'gives nothing of an empty chunk', chunks: [''], lines: [] },
    { title: 'ends a line at \\n', chunks: ['a\nb\n'], lines: ['a', 'b'] },
    { title: 'ends a line at \\r\\n', chunks: ['a\r\nb\r\n'], lines: ['a', 'b'] },
    { title: 'gives a last line that is not ended', chunks: ['a\nb'], lines: ['a', 'b'] },
    { title: 'gives empty lines', chunks: ['\n\r\n\na\n'], lines: ['', '', '', 'a'] },
    { title: 'joins what comes in chunks', chunks: ['a', 'b', 'c\nd', '\n'], lines: ['abc', 'd'] },
    { title: 'joins an end that comes in two chunks', chunks: ['a\r', '\nb'], lines: ['a', 'b'] },
    { title: 'leaves a lone \\r in its line', chunks: ['10%\r20%\r', '30%\n'], lines: ['10%\r20%\r30%'] },
    { title: 'leaves a lone \\r at the end', chunks: ['a\r'], lines: ['a\r'] },
    { title: 'takes one \\r alone from an end', chunks: ['a\r\r\n'], lines: ['a\r'] },
    {
      title: 'leaves other separators in their line',
      chunks: ['a\u2028b\u2029c\u0085d\ve\ff\n'],
      lines: ['a\u2028b\u2029c\u0085d\ve\ff'],
    },
  ])('$title', ({ chunks, lines }) => {
    expect(split(chunks)).toEqual(lines);
  });

  it.each<{ title: string; chunks: string[]; max?: number; lines: string[] }>([
    { title: 'whole where it just fits', chunks: ['abc\n'], lines: ['abc'] },
    { title: 'whole where it just fits and ends with \\r\\n', chunks: ['abc\r\nd'], lines: ['abc', 'd'] },
    { title: 'in pieces where it does not fit', chunks: ['abcdefgh\ni'], lines: ['abc', 'def', 'gh', 'i'] },
    { title: 'in pieces that are all full', chunks: ['abcdef\ng\n'], lines: ['abc', 'def', 'g'] },
    { title: 'in pieces that are all full, with \\r\\n', chunks: ['abcdef\r\n\n'], lines: ['abc', 'def', ''] },
    { title: 'in pieces where it is not ended', chunks: ['abcd', 'ef'], lines: ['abc', 'def'] },
    { title: 'in pieces of whole characters', chunks: ['ab😀cd😀\n'], lines: ['ab', '😀c', 'd😀'] },
    { title: 'in halves of characters where no more fits', chunks: ['😀\n'], max: 1, lines: ['\ud83d', '\ude00'] },
    { title: 'in pieces, and an empty one after it', chunks: ['abcd\n\n'], lines: ['abc', 'd', ''] },
  ])('gives a line $title', ({ chunks, max = 3, lines }) => {
    expect(split(chunks, max)).toEqual(lines);
    expect(split(chunks.join('').match(/[^]/g) ?? [], max)).toEqual(lines);
  });

  it('gives a piece as soon as there is more, so that it holds no more than that', () => {
    const given: string[] = [];
    const splitter = new LineSplitter(3, (line) => given.push(line));
    splitter.write('abc');
    expect(given).toEqual([]);
    splitter.write('d');
    expect(given).toEqual(['abc']);
    splitter.write('efghijk');
    expect(given).toEqual(['abc', 'def', 'ghi']);
  });

  it('gives the same lines however the text is cut into chunks', () => {
    const unit = fc.constantFrom('a', 'é', '\r', '\n', '\u2028', '😀', '\r\n', 'long enough to be cut');
    const chunks = fc.array(fc.string({ unit, maxLength: 20 }));
    fc.assert(
      fc.property(chunks, fc.integer({ min: 2, max: 9 }), (cut, max) => {
        const text = cut.join('');
        expect(split(cut, max)).toEqual(expectedOf(text, max));
        expect(split(Array.from(text), max)).toEqual(expectedOf(text, max));
      }),
      { numRuns: 500 },
    );
  });

  it('takes a long line in many chunks', () => {
    // were each chunk to cost what has come before it, this would take minutes
    const length = 2 ** 20;
    const chunks = Array.from({ length }, (_, index) => String(index % 10));
    const lines = split([...chunks, '\n'], length);
    expect(lines.map((line) => line.length)).toEqual([length]);
    expect(lines[0]?.slice(0, 12)).toBe('012345678901');
  });

  it('takes a long chunk of many lines, or pieces', () => {
    expect(split(['\n'.repeat(2 ** 20)])).toHaveLength(2 ** 20);
    expect(split(['a'.repeat(2 ** 20)], 1)).toHaveLength(2 ** 20);
  });
});

/** The same from the whole text. */
function expectedOf(text: string, max: number): string[] {
  const ended = text.split('\n');
  const last = ended.pop() ?? '';
  const lines = ended.map((line) => line.replace(/\r$/, ''));
  return [...lines, ...(last === '' ? [] : [last])].flatMap((line) => piecesOf(line, max));
}

function piecesOf(line: string, max: number): string[] {
  const pieces = [''];
  for (const character of line) {
    const piece = pieces.at(-1) ?? '';
    if (piece.length + character.length > max) pieces.push(character);
    else pieces[pieces.length - 1] = piece + character;
  }
  return pieces;
}
