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
      method: 'POST',
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
        '<Start action="/a" method="GET"><Stream url="wss://a.example" name="n" track="both_tracks" statusCallback="/s" statusCallbackMethod="GET"><Parameter name="a" value="1"/></Stream></Start>',
      ),
    ).toEqual({
      verb: 'Start',
      action: '/a',
      method: 'GET',
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
        '<Start><Transcription statusCallbackUrl="/t" statusCallbackMethod="GET" name="n" track="inbound_track" languageCode="de-DE" inboundTrackLabel="a" outboundTrackLabel="b" partialResults="true" transcriptionEngine="own" speechModel="m" profanityFilter="false" enableAutomaticPunctuation="false" hints="h" enableProviderData="true"><Config name="c" value="1"/><Parameter name="p" value="2"/></Transcription></Start>',
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
          transcriptionEngine: 'own',
          speechModel: 'm',
          profanityFilter: false,
          enableAutomaticPunctuation: false,
          hints: 'h',
          enableProviderData: true,
          configs: [{ name: 'c', value: '1' }],
          parameters: [{ name: 'p', value: '2' }],
        },
      ],
    });
  });

  it('warns with 14300 of a noun that has no place in it', () => {
    expect(parseInside('<Start><Say>Hi</Say></Start>')).toMatchObject({
      verbs: [{ nouns: [] }],
      warnings: [{ code: 14300 }],
    });
    expect(warningCodes('<Stop><Say>Hi</Say></Stop>')).toEqual([14300]);
  });

  it.each([
    ['<Stream track="x"/>', 31941],
    ['<Stream connectorName="x"/>', 12200],
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
});
