import { expect, it } from 'vitest';
import { StableWords } from './stable-words.ts';

it('words that stay from one partial result to the next are stable, within one utterance', () => {
  const words = new StableWords();
  const next = (utterance: number, transcript: string) => words.next({ utterance, transcript });

  expect(next(0, 'I would')).toEqual({ stable: '', unstable: 'I would', share: 0 });
  expect(next(0, 'I would light')).toMatchObject({ stable: 'I would', unstable: 'light' });
  expect(next(0, 'I would like to')).toEqual({
    stable: 'I would',
    unstable: 'like to',
    share: 0.5,
  });
  expect(next(0, 'I would like to')).toEqual({
    stable: 'I would like to',
    unstable: '',
    share: 1,
  });
  expect(next(1, 'I would')).toMatchObject({ stable: '', unstable: 'I would' });
});
