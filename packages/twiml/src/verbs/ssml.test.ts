import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb } from '../../tests/_parse.ts';

const say = (inside: string): string => `<Say>${inside}</Say>`;

describe('SSML inside <Say>', () => {
  it('is words in how they are said, beside their text', () => {
    const ssml = 'One <prosody rate="slow" pitch="+10%">th<emphasis>ree</emphasis></prosody>  four';

    expect(parseVerb(say(ssml))).toEqual({
      verb: 'Say',
      loop: 1,
      text: 'One three four',
      parts: [
        { text: 'One ' },
        { text: 'th', ratePercent: 75, pitchPercent: 110 },
        { text: 'ree', ratePercent: 75, pitchPercent: 110, emphasis: 'moderate' },
        { text: ' four' },
      ],
    });
  });

  it('that changes nothing leaves the text alone', () => {
    const ssml = '<speak>One <emphasis level="none">two</emphasis> three</speak>';

    expect(parseVerb(say(ssml))).toEqual({ verb: 'Say', loop: 1, text: 'One two three' });
  });

  it.each([
    ['<break time="1.5s"/>', 1500],
    ['<break time="800ms"/>', 800],
    ['<break/>', 300],
    ['<break strength="x-strong"/>', 1000],
    ['<break time="1s"/> <break time="1s"/>', 2000],
  ])('has a pause for %s', (ssml, pauseMs) => {
    expect(parseVerb(say(`One ${ssml} two`))).toMatchObject({
      text: 'One two',
      parts: [{ text: 'One' }, { pauseMs }, { text: 'two' }],
    });
  });

  it('keeps breaks at its ends, and may be a break alone', () => {
    expect(parseVerb(say('<break time="2s"/>One<break time="1s"/>'))).toMatchObject({
      parts: [{ pauseMs: 2000 }, { text: 'One' }, { pauseMs: 1000 }],
    });
    expect(parseVerb(say('<break time="2s"/>'))).toMatchObject({ parts: [{ pauseMs: 2000 }] });
    expect(parseInside(say('<break strength="none"/>'))).toMatchObject({
      verbs: [],
      warnings: [{ code: 13520 }],
    });
  });

  it('sets sentences and paragraphs apart from each other, and from nothing else', () => {
    const ssml = '<p><s>One.</s> <s>Two.</s></p> <p>Three.</p>';

    expect(parseVerb(say(ssml))).toMatchObject({
      text: 'One. Two. Three.',
      parts: [
        { text: 'One.' },
        { pauseMs: 600 },
        { text: 'Two.' },
        { pauseMs: 1000 },
        { text: 'Three.' },
      ],
    });
  });

  it('says the alias in place of the text', () => {
    expect(parseVerb(say('The <sub alias="World Wide Web">WWW</sub>.'))).toEqual({
      verb: 'Say',
      loop: 1,
      text: 'The World Wide Web.',
    });
  });

  it.each([
    ['characters', 'characters'],
    ['spell-out', 'characters'],
    ['digits', 'digits'],
    ['telephone', 'digits'],
  ])('spells for say-as %s', (as, spell) => {
    expect(parseVerb(say(`<say-as interpret-as="${as}">12</say-as>`))).toMatchObject({
      parts: [{ text: '12', spell }],
    });
  });

  it('names the language of its words', () => {
    const ssml = '<lang xml:lang="de-DE">Guten Tag</lang> <s xml:lang="fr-FR">Bonjour</s>';

    expect(parseVerb(say(ssml))).toMatchObject({
      parts: [
        { text: 'Guten Tag', language: 'de-DE' },
        { pauseMs: 600 },
        { text: 'Bonjour', language: 'fr-FR' },
      ],
    });
  });

  it.each([
    ['rate="x-fast"', { ratePercent: 150 }],
    ['rate="80%"', { ratePercent: 80 }],
    ['pitch="-2st"', { pitchPercent: 89 }],
    ['pitch="x-low"', { pitchPercent: 75 }],
    ['volume="-6dB"', { volumePercent: 50 }],
    ['volume="silent"', { volumePercent: 0 }],
  ])('takes prosody %s', (attribute, style) => {
    expect(parseVerb(say(`<prosody ${attribute}>Hi</prosody>`))).toMatchObject({
      parts: [{ text: 'Hi', ...style }],
    });
  });

  it.each([
    '<prosody rate="1000%">Hi</prosody>',
    '<prosody pitch="200Hz">Hi</prosody>',
    '<prosody volume="loudest">Hi</prosody>',
    'Hi<break time="11s"/>',
    '<emphasis level="very">Hi</emphasis>',
    '<say-as interpret-as="poem">Hi</say-as>',
    '<break>Hi</break>Hi',
  ])('is warned of what cannot be: %s', (ssml) => {
    expect(parseInside(say(ssml))).toMatchObject({
      verbs: [{ text: 'Hi' }],
      warnings: [{ code: 12200 }],
    });
  });

  it.each([
    ['<phoneme alphabet="ipa" ph="pɪˈkɑːn">pecan</phoneme>', '<phoneme> inside <Say>'],
    ['<w role="amazon:VB">pecan</w>', '<w> inside <Say>'],
    ['<mark name="here"/>pecan', '<mark> inside <Say>'],
    ['<amazon:effect name="whispered">pecan</amazon:effect>', '<amazon:effect> inside <Say>'],
    ['<say-as interpret-as="date">pecan</say-as>', 'interpret-as="date" of <say-as>'],
  ])('says the text of what has no effect, with a warning: %s', (ssml, named) => {
    const { verbs, warnings } = parseInside(say(ssml));

    expect(verbs).toMatchObject([{ text: 'pecan' }]);
    expect(warnings.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(`^${named} has no effect in this version; its text is said`),
    );
  });
});
