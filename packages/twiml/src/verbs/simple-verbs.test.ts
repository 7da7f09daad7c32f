import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';

describe('<Say>', () => {
  it('has its text, voice, language and loop', () => {
    expect(
      parseVerb('<Say voice="Polly.Joanna-Neural" language="en-GB" loop="2">\n  Good\n day </Say>'),
    ).toEqual({
      verb: 'Say',
      text: 'Good day',
      voice: 'Polly.Joanna-Neural',
      language: 'en-GB',
      loop: 2,
    });
  });

  it('is said once in the default voice', () => {
    expect(parseVerb('<Say>Hi</Say>')).toEqual({ verb: 'Say', text: 'Hi', loop: 1 });
  });

  it('leaves out elements that are not SSML', () => {
    const { verbs, warnings } = parseInside('<Say>One <b>two</b></Say>');

    expect(verbs).toMatchObject([{ text: 'One' }]);
    expect(warnings).toMatchObject([{ code: 12200 }]);
  });

  it.each([
    ['<Say loop="0">Hi</Say>', 1000],
    ['<Say loop="5000">Hi</Say>', 1000],
  ])('repeats at most a thousand times: %s', (text, loop) => {
    expect(parseVerb(text)).toMatchObject({ loop });
  });

  it.each([
    ['<Say loop="-1">Hi</Say>', 13510],
    ['<Say voice=" ">Hi</Say>', 13511],
    ['<Say language="English!">Hi</Say>', 13512],
  ])('takes the default for a bad value: %s', (text, code) => {
    const { verbs, warnings } = parseInside(text);

    expect(verbs).toEqual([{ verb: 'Say', text: 'Hi', loop: 1 }]);
    expect(warnings).toMatchObject([{ code, line: 1 }]);
  });

  it('says what a bad value is replaced by', () => {
    expect(parseInside('<Say loop="twice">Hi</Say>').warnings).toMatchObject([
      {
        message: 'loop="twice" of <Say> must be a whole number, 0 for endless; 1 is used instead.',
      },
    ]);
  });

  it('is ignored without text and with more than 4096 characters', () => {
    expect(parseInside('<Say> </Say>')).toMatchObject({ verbs: [], warnings: [{ code: 13520 }] });
    expect(parseInside(`<Say>${'x'.repeat(4096)}</Say>`).verbs).toHaveLength(1);
    expect(parseInside(`<Say>${'x'.repeat(4097)}</Say>`)).toMatchObject({
      verbs: [],
      warnings: [{ code: 13521 }],
    });
  });
});

describe('<Play>', () => {
  it('has a URL or digits', () => {
    expect(parseVerb('<Play loop="0"> /a.mp3 </Play>')).toEqual({
      verb: 'Play',
      url: '/a.mp3',
      loop: 1000,
    });
    expect(parseVerb('<Play digits="ww1#"/>')).toEqual({ verb: 'Play', digits: 'ww1#', loop: 1 });
  });

  it('is ignored when it has neither', () => {
    expect(parseInside('<Play/>')).toMatchObject({ verbs: [], warnings: [{ code: 12200 }] });
    expect(warningCodes('<Play digits="x"/>')).toEqual([13430, 12200]);
    expect(warningCodes('<Play loop="x">a</Play>')).toEqual([13410]);
  });
});

describe('<Pause>', () => {
  it('lasts a second unless told otherwise', () => {
    expect(parseVerb('<Pause/>')).toEqual({ verb: 'Pause', lengthSec: 1 });
    expect(parseVerb('<Pause length=" 10 "/>')).toEqual({ verb: 'Pause', lengthSec: 10 });
  });

  it.each(['0', '-1', '1.5', 'x', '', '999999999999'])('ignores the length %j', (length) => {
    expect(parseInside(`<Pause length="${length}"/>`)).toMatchObject({
      verbs: [{ lengthSec: 1 }],
      warnings: [{ code: 13910 }],
    });
  });
});

describe('<Redirect>', () => {
  it('has a URL and a method', () => {
    expect(parseVerb('<Redirect method="GET">\n/next?a=1&amp;b=2\n</Redirect>')).toEqual({
      verb: 'Redirect',
      url: '/next?a=1&b=2',
      method: 'GET',
    });
    expect(parseVerb('<Redirect/>')).toEqual({ verb: 'Redirect', url: '', method: 'POST' });
    expect(warningCodes('<Redirect method="PUT">/a</Redirect>')).toEqual([13710]);
  });
});

describe('<Reject>', () => {
  it('has a reason', () => {
    expect(parseVerb('<Reject/>')).toEqual({ verb: 'Reject', reason: 'rejected' });
    expect(parseVerb('<Reject reason="busy"/>')).toEqual({ verb: 'Reject', reason: 'busy' });
    expect(parseInside('<Reject reason="Busy"/>')).toMatchObject({
      verbs: [{ reason: 'rejected' }],
      warnings: [{ code: 13810 }],
    });
  });
});

describe('<Hangup>', () => {
  it('takes nothing', () => {
    expect(parseVerb('<Hangup/>')).toEqual({ verb: 'Hangup' });
    expect(warningCodes('<Hangup reason="x">now<Say>Hi</Say></Hangup>')).toEqual([
      12200, 12200, 12200,
    ]);
  });
});
