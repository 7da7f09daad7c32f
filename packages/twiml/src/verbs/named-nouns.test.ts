import { describe, expect, it } from 'vitest';
import { parseInside, parseVerb, warningCodes } from '../../tests/_parse.ts';

const dialled = {
  method: 'POST',
  statusCallbackMethod: 'POST',
  statusCallbackEvents: ['completed'],
  parameters: [],
};

describe('<Client>', () => {
  it('has its identity as text or as a child', () => {
    const nouns = [{ noun: 'Client', identity: 'ada', ...dialled }];

    expect(parseVerb('<Dial><Client>ada</Client></Dial>')).toMatchObject({ nouns });
    expect(parseVerb('<Dial><Client>client:ada</Client></Dial>')).toMatchObject({ nouns });
    expect(parseVerb('<Dial><Client><Identity>ada</Identity></Client></Dial>')).toMatchObject({
      nouns,
    });
  });

  it('has its attributes and parameters read', () => {
    expect(
      parseVerb(
        '<Dial><Client url="/w" method="GET" statusCallback="/s" statusCallbackMethod="GET" statusCallbackEvent="answered"><Identity>ada</Identity><Parameter name="a" value="1"/></Client></Dial>',
      ),
    ).toMatchObject({
      nouns: [
        {
          identity: 'ada',
          url: '/w',
          method: 'GET',
          statusCallback: '/s',
          statusCallbackMethod: 'GET',
          statusCallbackEvents: ['answered'],
          parameters: [{ name: 'a', value: '1' }],
        },
      ],
    });
  });

  it('is not dialled without an identity', () => {
    expect(parseInside('<Dial><Client>a b</Client></Dial>')).toMatchObject({
      verbs: [{ nouns: [] }],
      warnings: [{ code: 12200 }],
    });
  });
});

describe('<Application>', () => {
  it('has its application, parameters and attributes read', () => {
    expect(
      parseVerb(
        '<Dial><Application url="/w" copyParentTo="true" customerId="c 1"><ApplicationSid>AP1</ApplicationSid><Parameter name="a" value="1"/></Application></Dial>',
      ),
    ).toMatchObject({
      nouns: [
        {
          ...dialled,
          noun: 'Application',
          applicationSid: 'AP1',
          url: '/w',
          copyParentTo: true,
          customerId: 'c 1',
          parameters: [{ name: 'a', value: '1' }],
        },
      ],
    });
    expect(warningCodes('<Dial><Application/></Dial>')).toEqual([12200]);
  });
});

describe('<Conference>', () => {
  const defaults = {
    noun: 'Conference',
    name: 'Room 1',
    muted: false,
    startConferenceOnEnter: true,
    endConferenceOnExit: false,
    beep: 'true',
    maxParticipants: 250,
    waitMethod: 'POST',
    record: 'do-not-record',
    trim: 'trim-silence',
    recordingStatusCallbackMethod: 'POST',
    recordingStatusCallbackEvents: ['completed'],
    statusCallbackMethod: 'POST',
    statusCallbackEvents: [],
  };

  it('has its name and attributes read', () => {
    expect(parseVerb('<Dial><Conference>Room 1</Conference></Dial>')).toMatchObject({
      nouns: [defaults],
    });
    expect(
      parseVerb(
        '<Dial><Conference muted="true" startConferenceOnEnter="false" endConferenceOnExit="true" beep="onEnter" maxParticipants="2" waitUrl="" waitMethod="GET" record="true" trim="do-not-trim" coach="CA1" participantLabel="l" statusCallback="/s" statusCallbackMethod="GET" statusCallbackEvent="end start" recordingStatusCallback="/r" recordingStatusCallbackMethod="GET" recordingStatusCallbackEvent="absent">a</Conference></Dial>',
      ),
    ).toMatchObject({
      nouns: [
        {
          muted: true,
          startConferenceOnEnter: false,
          endConferenceOnExit: true,
          beep: 'onEnter',
          maxParticipants: 2,
          waitUrl: '',
          waitMethod: 'GET',
          record: 'record-from-start',
          trim: 'do-not-trim',
          coach: 'CA1',
          participantLabel: 'l',
          statusCallback: '/s',
          statusCallbackMethod: 'GET',
          statusCallbackEvents: ['start', 'end'],
          recordingStatusCallback: '/r',
          recordingStatusCallbackMethod: 'GET',
          recordingStatusCallbackEvents: ['absent'],
        },
      ],
    });
  });

  it.each([
    ['muted="x"', 13230],
    ['endConferenceOnExit="x"', 13231],
    ['startConferenceOnEnter="x"', 13232],
    ['waitUrl="a b"', 13233],
    ['waitMethod="x"', 13234],
    ['beep="x"', 13235],
    ['trim="x"', 13239],
    ['maxParticipants="251"', 12200],
    ['region="us1"', 12200],
  ])('takes the default for %s', (attribute, code) => {
    expect(parseInside(`<Dial><Conference ${attribute}>Room 1</Conference></Dial>`)).toMatchObject({
      verbs: [{ nouns: [defaults] }],
      warnings: [{ code }],
    });
  });

  it('is not joined without a name', () => {
    expect(warningCodes('<Dial><Conference/></Dial>')).toEqual([13237]);
  });
});

describe('<Refer>', () => {
  it('has its SIP URI and attributes read', () => {
    expect(parseVerb('<Refer action="/a" method="GET"><Sip>sip:a@b</Sip></Refer>')).toEqual({
      verb: 'Refer',
      action: '/a',
      method: 'GET',
      uri: 'sip:a@b',
    });
    expect(parseInside('<Refer/>')).toMatchObject({ verbs: [], warnings: [{ code: 13243 }] });
    expect(warningCodes('<Refer><Sip>sip:a@b</Sip><Sip>sip:c@d</Sip></Refer>')).toEqual([12200]);
  });
});

describe('<ConversationRelay>', () => {
  it('has its attributes, languages and parameters read', () => {
    expect(
      parseVerb(
        '<Connect><ConversationRelay url="wss://a.example" welcomeGreeting="Hi" welcomeGreetingInterruptible="false" language="de-DE" ttsLanguage="en-GB" transcriptionLanguage="fr-FR" voice="v" interruptible="speech" interruptSensitivity="high" dtmfDetection="true" reportInputDuringAgentSpeech="any" preemptible="true" hints="h" debug="tokens-played" events="speaker-events" partialPrompts="true" speechTimeout="700"><Language code="sv-SE" voice="x"/><Parameter name="a" value="1"/></ConversationRelay></Connect>',
      ),
    ).toMatchObject({
      noun: {
        noun: 'ConversationRelay',
        url: 'wss://a.example',
        welcomeGreeting: 'Hi',
        welcomeGreetingInterruptible: 'none',
        language: 'de-DE',
        ttsLanguage: 'en-GB',
        transcriptionLanguage: 'fr-FR',
        voice: 'v',
        interruptible: 'speech',
        dtmfDetection: true,
        reportInputDuringAgentSpeech: 'any',
        preemptible: true,
        hints: 'h',
        events: ['speaker-events', 'tokens-played'],
        partialPrompts: true,
        speechTimeoutMs: 700,
        languages: [{ code: 'sv-SE', voice: 'x' }],
        parameters: [{ name: 'a', value: '1' }],
      },
    });
  });

  it('is warned of what the engines here are not told, unless it asks for what happens anyway', () => {
    const unheard =
      'ttsProvider="Google" transcriptionProvider="Deepgram" speechModel="m" interruptSensitivity="low" debug="debugging" profanityFilter="true" ignoreBackchannel="true" backgroundNoiseReduction="high" elevenlabsTextNormalization="on" deepgramSmartFormat="true" eotThreshold="0.5"';
    const anyway =
      'interruptSensitivity="high" profanityFilter="false" ignoreBackchannel="false" elevenlabsTextNormalization="off" speechTimeout="auto"';
    const relay = (attributes: string) =>
      `<Connect><ConversationRelay url="wss://a.example" ${attributes}><Language code="de-DE" speechModel="m"/></ConversationRelay></Connect>`;

    const { warnings } = parseInside(relay(unheard));

    expect(warnings).toHaveLength(12);
    expect(
      warnings.every(({ code, message }) => code === 12200 && message.includes('has no effect')),
    ).toBe(true);
    expect(warningCodes(relay(anyway))).toEqual([12200]);
  });

  it('takes the names of its attributes in any case', () => {
    expect(
      parseInside(
        '<Connect><ConversationRelay URL="wss://a.example" ignorebackchannel="true"/></Connect>',
      ),
    ).toMatchObject({
      verbs: [{ noun: { url: 'wss://a.example' } }],
      warnings: [{ message: expect.stringContaining('ignoreBackchannel') }],
    });
    expect(warningCodes('<Connect><ConversationRelay interruptible="x"/></Connect>')).toEqual([
      64101,
    ]);
  });
});

describe('what a server of one’s own does not have', () => {
  it.each([
    ['<Pay chargeAmount="1"/>', 'Pay', 13750],
    ['<Prompt for="security-code"/>', 'Prompt', 13750],
    ['<Echo/>', 'Echo', 13750],
    ['<Sms to="+15551234567">Hi</Sms>', 'Sms', 13803],
    ['<Queue>q</Queue>', 'Queue', 13750],
  ])('is a verb that is not carried: %s', (text, name, code) => {
    expect(parseInside(text).verbs).toMatchObject([{ verb: 'Unsupported', name, code }]);
  });

  it.each([
    ['<Dial><Sim>DE1</Sim></Dial>', 'Sim', 13258],
    ['<Dial><WhatsApp>+15551234567</WhatsApp></Dial>', 'WhatsApp', 13750],
    ['<Start><Siprec name="n"/></Start>', 'Siprec', 13750],
  ])('is a noun that is not carried: %s', (text, name, code) => {
    expect(parseInside(text).verbs).toMatchObject([
      { nouns: [{ noun: 'Unsupported', name, code }] },
    ]);
  });

  it.each([
    'AiSession',
    'Assistant',
    'Autopilot',
    'ConversationRelaySession',
    'Room',
    'VirtualAgent',
  ])('is a noun of <Connect> that is not carried: <%s>', (name) => {
    expect(parseInside(`<Connect><${name}/></Connect>`).verbs).toMatchObject([
      { noun: { noun: 'Unsupported', name, code: 13750 } },
    ]);
  });

  it('still has its attributes known', () => {
    expect(
      parseInside('<Pay chargeAmount="1" amount="2"/>').warnings.map(({ message }) => message),
    ).toEqual([
      'The attribute chargeAmount of <Pay> has no effect in this version.',
      '<Pay> has no attribute amount; it is ignored.',
    ]);
  });
});
