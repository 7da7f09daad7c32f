import { expect, it } from 'vitest';
import { Sentences } from './sentences.ts';

it('hands out each sentence once it is whole, whatever pieces it comes in', () => {
  const sentences = new Sentences();

  expect(sentences.push('Hello', false)).toEqual([]);
  expect(sentences.push(' there. How', false)).toEqual(['Hello there.']);
  expect(sentences.push(' are you?', false)).toEqual([]);
  expect(sentences.push(' Fine', false)).toEqual(['How are you?']);
  expect(sentences.push('!', true)).toEqual(['Fine!']);
});

it('keeps numbers whole, and knows sentences of languages without blanks', () => {
  expect(new Sentences().push('It is 3.5 now. 你好。再见。', true)).toEqual([
    'It is 3.5 now.',
    '你好。',
    '再见。',
  ]);
});

it('cuts what does not end at a blank, so that its beginning is heard', () => {
  const [first = '', ...others] = new Sentences().push('word '.repeat(100), false);

  expect(first.length).toBeLessThanOrEqual(400);
  expect(first.endsWith('word')).toBe(true);
  expect(others).toEqual([]);
});
