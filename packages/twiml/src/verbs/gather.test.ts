import { describe, expect, expectTypeOf, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';
import type { GatherVerb } from '../index.ts';

describe('<Gather>', () => {
  it('has the defaults of its page', () => {
    expect(parseVerb('<Gather/>')).toEqual({
      verb: 'Gather',
      input: ['dtmf'],
      method: 'POST',
      timeoutSec: 5,
      finishOnKey: '#',
      actionOnEmptyResult: false,
      language: 'en-US',
      maxSpeechTimeSec: 60,
      bargeIn: true,
      partialResultCallbackMethod: 'POST',
      prompts: [],
    });
  });

  it('has its attributes and prompts', () => {
    const verb = parseVerb(`
      <Gather input="speech dtmf" action="/a" method="GET" timeout="3" finishOnKey="" numDigits="4"
          actionOnEmptyResult="true" hints="yes, no" speechTimeout="2" partialResultCallback="/p">
        <Say>One</Say><Pause length="2"/><Play>b.wav</Play>
      </Gather>`);

    expect(verb).toMatchObject({
      input: ['dtmf', 'speech'],
      action: '/a',
      method: 'GET',
      timeoutSec: 3,
      finishOnKey: '',
      numDigits: 4,
      actionOnEmptyResult: true,
      hints: 'yes, no',
      speechTimeoutSec: 2,
      partialResultCallback: '/p',
      prompts: [
        { verb: 'Say', text: 'One' },
        { verb: 'Pause', lengthSec: 2 },
        { verb: 'Play', url: 'b.wav' },
      ],
    });
  });

  it.each([
    ['finishOnKey="12"', 13310],
    ['method="DELETE"', 13312],
    ['timeout="soon"', 13313],
    ['numDigits="0"', 13314],
    ['input="voice"', 13326],
    ['input=""', 13326],
    ['speechTimeout="0"', 13327],
    ['maxSpeechTime="61"', 13328],
    ['partialResultCallbackMethod="x"', 13329],
    ['language="?"', 13331],
    ['bargeIn="1"', 13332],
    ['profanityFilter=""', 13333],
    ['speechModel=""', 13334],
    ['speechTimeout="auto"', 13335],
    ['actionOnEmptyResult="yes"', 13338],
    ['debug="true"', 12200],
    ['numdigits="4"', 12200],
  ])('takes the default for %s', (attribute, code) => {
    const { verbs, warnings } = parseInside(`<Gather ${attribute}/>`);

    expect(verbs).toEqual(parseInside('<Gather/>').verbs);
    expect(warnings).toMatchObject([{ code }]);
  });

  it('allows an automatic end of speech with a model of its own', () => {
    expect(
      parseInside('<Gather input="speech" speechTimeout="auto" speechModel="phone_call"/>').verbs,
    ).toMatchObject([{ speechTimeoutSec: 'auto' }]);
  });

  it('is warned of what the engine here is not told, unless it asks for what happens anyway', () => {
    const unheard = '<Gather speechModel="phone_call" enhanced="true" profanityFilter="true"/>';
    const anyway = '<Gather speechModel="default" enhanced="false" profanityFilter="false"/>';

    expect(parseInside(unheard).warnings.map(({ code, message }) => [code, message])).toEqual(
      ['speechModel', 'enhanced', 'profanityFilter'].map((name) => [
        12200,
        `The attribute ${name} of <Gather> has no effect in this version.`,
      ]),
    );
    expect(warningCodes(anyway)).toEqual([]);
  });

  it('ignores what is no prompt', () => {
    expect(warningCodes('<Gather>text<Dial>1</Dial><say>a</say></Gather>')).toEqual([
      12200, 13320, 12200,
    ]);
  });

  it('has codes of its own for a bad <Say>', () => {
    expect(warningCodes('<Gather><Say voice="" loop="x">a</Say></Gather>')).toEqual([13321, 13322]);
  });
});

it('has prompts of three kinds as its type', () => {
  expectTypeOf<GatherVerb['prompts'][number]['verb']>().toEqualTypeOf<'Say' | 'Play' | 'Pause'>();
});
