import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';

describe('<Start>', () => {
  it('has a recording with its attributes read', () => {
    expect(
      parseVerb(
        '<Start><Recording channels="dual" track="inbound" trim="trim-silence" recordingStatusCallback="/r" recordingStatusCallbackMethod="GET" recordingStatusCallbackEvent="in-progress"/></Start>',
      ),
    ).toEqual({
      verb: 'Start',
      nouns: [
        {
          noun: 'Recording',
          channels: 'dual',
          track: 'inbound',
          trim: 'trim-silence',
          recordingStatusCallback: '/r',
          recordingStatusCallbackMethod: 'GET',
          recordingStatusCallbackEvents: ['in-progress'],
        },
      ],
    });
  });

  it('has a stream with its attributes and parameters read', () => {
    expect(
      parseVerb(
        '<Start><Stream url="wss://a.example" name="n" track="both_tracks" statusCallback="/s" statusCallbackMethod="GET"><Parameter name="a" value="1"/></Stream></Start>',
      ),
    ).toEqual({
      verb: 'Start',
      nouns: [
        {
          noun: 'Stream',
          url: 'wss://a.example',
          name: 'n',
          track: 'both_tracks',
          statusCallback: '/s',
          statusCallbackMethod: 'GET',
          parameters: [{ name: 'a', value: '1' }],
        },
      ],
    });
  });

  it('has a transcription with its attributes read', () => {
    expect(
      parseVerb(
        '<Start><Transcription statusCallbackUrl="/t" statusCallbackMethod="GET" name="n" track="inbound_track" languageCode="de-DE" inboundTrackLabel="a" outboundTrackLabel="b" partialResults="true" profanityFilter="false" hints="h" enableProviderData="false"/></Start>',
      ),
    ).toMatchObject({
      nouns: [
        {
          noun: 'Transcription',
          statusCallbackUrl: '/t',
          statusCallbackMethod: 'GET',
          name: 'n',
          track: 'inbound_track',
          languageCode: 'de-DE',
          inboundTrackLabel: 'a',
          outboundTrackLabel: 'b',
          partialResults: true,
          hints: 'h',
        },
      ],
    });
  });

  it('has a transcription that is warned of what the engine here is not told', () => {
    const { verbs, warnings } = parseInside(
      '<Start><Transcription transcriptionEngine="deepgram" speechModel="m" profanityFilter="true" enableAutomaticPunctuation="true" enableProviderData="true"><Config name="c" value="1"/><Parameter name="p" value="2"/></Transcription></Start>',
    );

    expect(verbs).toMatchObject([{ nouns: [{ noun: 'Transcription' }] }]);
    expect(warnings.map(({ code }) => code)).toEqual([
      12200, 12200, 12200, 12200, 12200, 32652, 12200,
    ]);
    expect(
      warnings.every(({ message }) => message.endsWith('has no effect in this version.')),
    ).toBe(true);
  });

  it('is warned of an action, which nothing leads to', () => {
    const { warnings } = parseInside(
      '<Start action="/a" method="GET"><Stream url="wss://a"/></Start>',
    );

    expect(warnings).toMatchObject([
      { message: 'The attribute action of <Start> has no effect in this version.' },
      { message: 'The attribute method of <Start> has no effect in this version.' },
    ]);
  });

  it('is warned of a connector, and has the stream all the same', () => {
    const { verbs, warnings } = parseInside(
      '<Start><Stream url="wss://a" connectorName="c"/></Start>',
    );

    expect(verbs).toMatchObject([{ nouns: [{ noun: 'Stream', url: 'wss://a' }] }]);
    expect(warnings).toMatchObject([
      {
        code: 31940,
        message: expect.stringContaining('connectorName="c" of <Stream> must be absent'),
      },
    ]);
  });

  it('warns with 14300 of a noun that has no place in it', () => {
    expect(parseInside('<Start><Say>Hi</Say></Start>')).toMatchObject({
      verbs: [{ nouns: [] }],
      warnings: [{ code: 14300 }],
    });
    expect(warningCodes('<Stop><Say>Hi</Say></Stop>')).toEqual([14300]);
  });

  it.each(['<Start/>', '<Stop></Stop>'])('warns of %s, which does nothing', (verb) => {
    expect(warningCodes(verb)).toEqual([12200]);
  });

  it.each([
    ['<Stream track="x"/>', 31941],
    ['<Stream connectorName="x"/>', 31940],
    ['<Stream><Parameter value="1"/></Stream>', 12200],
    ['<Transcription partialResults="x"/>', 32650],
    ['<Recording track="x"/>', 13622],
  ])('warns of what is wrong in %s', (noun, code) => {
    expect(warningCodes(`<Start>${noun}</Start>`)).toEqual([code]);
  });
});

describe('<Stop>', () => {
  it('names what it ends', () => {
    expect(
      parseVerb('<Stop><Stream name="a"/><Siprec name="b"/><Transcription/><Recording/></Stop>'),
    ).toEqual({
      verb: 'Stop',
      nouns: [
        { noun: 'Stream', name: 'a' },
        { noun: 'Siprec', name: 'b' },
        { noun: 'Transcription' },
        { noun: 'Recording' },
      ],
    });
  });

  it('is warned of the name of a recording, which none has', () => {
    expect(parseInside('<Stop><Recording name="a"/></Stop>').warnings).toMatchObject([
      { message: 'The attribute name of <Recording> has no effect in this version.' },
    ]);
  });
});
