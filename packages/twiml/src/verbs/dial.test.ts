import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';

const number = {
  noun: 'Number',
  method: 'POST',
  statusCallbackMethod: 'POST',
  statusCallbackEvents: ['completed'],
};

const unrecorded = {
  record: 'do-not-record',
  recordingTrack: 'both',
  trim: 'do-not-trim',
  recordingStatusCallbackMethod: 'POST',
  recordingStatusCallbackEvents: ['completed'],
  ringTone: 'automatic',
  referMethod: 'POST',
};

describe('<Dial>', () => {
  it('dials the number it holds', () => {
    expect(parseVerb('<Dial> +1 415-555-0100 </Dial>')).toEqual({
      verb: 'Dial',
      method: 'POST',
      timeoutSec: 30,
      timeLimitSec: 14_400,
      answerOnBridge: false,
      hangupOnStar: false,
      sequential: false,
      ...unrecorded,
      nouns: [{ ...number, number: '+1 415-555-0100' }],
    });
  });

  it('has its attributes and nouns', () => {
    expect(
      parseVerb(`
        <Dial action="/done" method="get" timeout="10" timeLimit="60" callerId="client:ada"
            answerOnBridge="TRUE" hangupOnStar="true" sequential="true">
          <Number url="/whisper" method="GET" sendDigits="ww12" statusCallback="/s"
              statusCallbackEvent="answered initiated">+14155550100</Number>
          <Sip username="u" password="p">sips:ada@example.com;transport=tls?X-A=1</Sip>
        </Dial>`),
    ).toEqual({
      verb: 'Dial',
      action: '/done',
      method: 'GET',
      timeoutSec: 10,
      timeLimitSec: 60,
      callerId: 'client:ada',
      answerOnBridge: true,
      hangupOnStar: true,
      sequential: true,
      ...unrecorded,
      nouns: [
        {
          ...number,
          number: '+14155550100',
          url: '/whisper',
          method: 'GET',
          sendDigits: 'ww12',
          statusCallback: '/s',
          statusCallbackEvents: ['initiated', 'answered'],
        },
        {
          ...number,
          noun: 'Sip',
          uri: 'sips:ada@example.com;transport=tls?X-A=1',
          username: 'u',
          password: 'p',
          headers: [],
        },
      ],
    });
  });

  it.each([
    ['method="PUT"', 13210],
    ['timeout="0"', 13212],
    ['timeout="601"', 13212],
    ['hangupOnStar="1"', 13213],
    ['callerId=""', 13214],
    ['timeLimit="x"', 13216],
    ['sequential="no"', 13218],
    ['answerOnBridge="no"', 13219],
    ['record="maybe"', 13217],
    ['recordingTrack="x"', 13622],
    ['ringTone="zz"', 13220],
    ['trim="x"', 13699],
    ['events="call-progress-event"', 12200],
    ['callerID="+14155550100"', 12200],
  ])('takes the default for %s', (attribute, code) => {
    const { verbs, warnings } = parseInside(`<Dial ${attribute}>100</Dial>`);

    expect(verbs).toEqual(parseInside('<Dial>100</Dial>').verbs);
    expect(warnings).toMatchObject([{ code }]);
  });

  it('says of an attribute that it has no effect yet', () => {
    expect(parseInside('<Dial passports="x">100</Dial>').warnings).toMatchObject([
      { message: 'The attribute passports of <Dial> has no effect in this version.' },
    ]);
  });

  it('does not dial what is no number', () => {
    expect(parseInside('<Dial>sip:ada@example.com</Dial>')).toMatchObject({
      verbs: [{ verb: 'Dial', nouns: [] }],
      warnings: [{ code: 13223, message: expect.stringContaining('into <Sip>') }],
    });
    expect(warningCodes('<Dial><Number sendDigits="x" method="x">ada</Number></Dial>')).toEqual([
      13221, 13222, 13223,
    ]);
  });

  it('has its recording, ring tone and referral read', () => {
    expect(
      parseVerb(
        '<Dial record="record-from-ringing-dual" recordingTrack="inbound" trim="trim-silence" recordingStatusCallback="/r" recordingStatusCallbackMethod="GET" recordingStatusCallbackEvent="absent" ringTone="us-old" referUrl="/x" referMethod="GET" callReason="why">100</Dial>',
      ),
    ).toMatchObject({
      record: 'record-from-ringing-dual',
      recordingTrack: 'inbound',
      trim: 'trim-silence',
      recordingStatusCallback: '/r',
      recordingStatusCallbackMethod: 'GET',
      recordingStatusCallbackEvents: ['absent'],
      ringTone: 'us-old',
      referUrl: '/x',
      referMethod: 'GET',
    });
    expect(parseVerb('<Dial record="true">100</Dial>')).toMatchObject({
      record: 'record-from-answer',
    });
  });

  it('warns of a conference or a queue that is not alone, and joins it', () => {
    expect(parseInside('<Dial>100<Conference>Room</Conference></Dial>')).toMatchObject({
      verbs: [{ nouns: [{ noun: 'Conference' }] }],
      warnings: [{ code: 13000 }],
    });
    expect(warningCodes('<Dial>100<Queue>q</Queue></Dial>')).toEqual([13000]);
  });

  it('warns of elements that are no nouns', () => {
    expect(warningCodes('<Dial><Say>Hi</Say><number>1</number></Dial>')).toEqual([13215, 12200]);
  });

  it('warns that it has nobody to dial', () => {
    expect(parseInside('<Dial> </Dial>')).toMatchObject({
      verbs: [{ nouns: [] }],
      warnings: [{ code: 12200 }],
    });
  });

  it('dials ten at most', () => {
    const { verbs, warnings } = parseInside(`<Dial>${'<Number>1</Number>'.repeat(11)}</Dial>`);

    expect(verbs).toMatchObject([{ nouns: Array.from({ length: 10 }, () => ({ number: '1' })) }]);
    expect(warnings).toMatchObject([{ code: 12200 }]);
  });
});

describe('<Sip>', () => {
  it('takes its URI and headers from elements inside', () => {
    expect(
      parseVerb(`
        <Dial><Sip username="u">
          <Uri username="v" password="p">sip:ada@example.com</Uri>
          <Headers><Header name="X-Order" value="17"/><Header name="User-to-User" value="a"/></Headers>
        </Sip></Dial>`),
    ).toMatchObject({
      nouns: [
        {
          uri: 'sip:ada@example.com',
          username: 'v',
          password: 'p',
          headers: [
            { name: 'X-Order', value: '17' },
            { name: 'User-to-User', value: 'a' },
          ],
        },
      ],
    });
  });

  it.each([
    ['<Sip>ada@example.com</Sip>', [13243]],
    ['<Sip/>', [13243]],
    ['<Sip method="x">sip:a@b</Sip>', [13241]],
    ['<Sip><Uri>sip:a@b</Uri><Uri>sip:c@d</Uri></Sip>', [13250]],
    ['<Sip>sip:a@b<Headers><Header name="Via" value="x"/></Headers></Sip>', [13252]],
    [
      `<Sip>sip:a@b<Headers><Header name="X-A" value="${'x'.repeat(1022)}"/></Headers></Sip>`,
      [13253],
    ],
    ['<Sip>sip:a@b<Headers><Header name="X-A" value="a&#13;&#10;b"/></Headers></Sip>', [13253]],
    ['<Sip>sip:a@b<Headers><X/></Headers><Url/></Sip>', [12200, 12200]],
  ])('warns of %s', (noun, codes) => {
    expect(warningCodes(`<Dial>${noun}</Dial>`)).toEqual(codes);
  });
});
