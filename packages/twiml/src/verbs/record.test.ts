import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';

const defaults = {
  verb: 'Record',
  method: 'POST',
  timeoutSec: 5,
  finishOnKeys: '1234567890*#',
  maxLengthSec: 3600,
  playBeep: true,
  trim: 'trim-silence',
  transcribe: false,
  recordingStatusCallbackMethod: 'POST',
  recordingStatusCallbackEvents: ['completed'],
};

describe('<Record>', () => {
  it('records an hour until a key or five seconds of silence', () => {
    expect(parseVerb('<Record/>')).toEqual(defaults);
  });

  it('has its attributes read', () => {
    expect(
      parseVerb(`
        <Record action="/done" method="GET" timeout="10" finishOnKey="" maxLength="120"
          playBeep="false" trim="do-not-trim" transcribe="true" transcribeCallback="/text"
          recordingStatusCallback="/status" recordingStatusCallbackMethod="get"
          recordingStatusCallbackEvent="absent in-progress"/>`),
    ).toEqual({
      verb: 'Record',
      action: '/done',
      method: 'GET',
      timeoutSec: 10,
      finishOnKeys: '',
      maxLengthSec: 120,
      playBeep: false,
      trim: 'do-not-trim',
      transcribe: true,
      transcribeCallback: '/text',
      recordingStatusCallback: '/status',
      recordingStatusCallbackMethod: 'GET',
      recordingStatusCallbackEvents: ['in-progress', 'absent'],
    });
  });

  it('is transcribed when it says where the text goes', () => {
    expect(parseVerb('<Record transcribeCallback="/text"/>')).toMatchObject({ transcribe: true });
  });

  it.each([
    ['method="PUT"', 13610],
    ['timeout="0"', 13611],
    ['maxLength="14401"', 13612],
    ['finishOnKey="a"', 13613],
    ['transcribe="yes"', 13614],
    ['playBeep="1"', 13616],
    ['trim="both"', 13699],
    ['recordingStatusCallback="a b"', 13256],
    ['transcribeCallback="a b"', 13257],
    ['recordingStatusCallbackEvent="done"', 13621],
    ['recordingConfigurationId="x"', 12200],
  ])('takes the default for %s', (attribute, code) => {
    expect(parseInside(`<Record ${attribute}/>`)).toMatchObject({
      verbs: [defaults],
      warnings: [{ code }],
    });
  });

  it('warns that two minutes are the most that is transcribed', () => {
    expect(warningCodes('<Record transcribe="true" maxLength="121"/>')).toEqual([13615]);
  });
});
