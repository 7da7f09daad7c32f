import { events } from './events.ts';

/** What a setting takes. */
export type SettingType =
  | { readonly is: 'text'; readonly max: number }
  | { readonly is: 'url' }
  | { readonly is: 'one of'; readonly of: readonly string[] }
  | { readonly is: 'integer'; readonly min: number; readonly max: number }
  | { readonly is: 'boolean' }
  /** A JSON object. */
  | { readonly is: 'attributes' }
  | { readonly is: 'phone number' }
  /** A number, SIP URI, `client:` identity or e-mail address, or the name of a phone number of the file. */
  | { readonly is: 'address' }
  /** The name of a resource of the file, or a SID. */
  | { readonly is: 'reference'; readonly to: 'application' | 'conductor' }
  | { readonly is: 'words'; readonly of?: readonly string[]; readonly max: number };

export interface Setting {
  readonly type: SettingType;
  /** What a request calls it. */
  readonly parameter: string;
  /** Where it stands in the resource, as `voice_binding.address`. */
  readonly property: string;
  readonly required?: true;
  /** It cannot be changed: another value is another resource. */
  readonly fixed?: true;
  /** What editors show. */
  readonly tells: string;
}

/** Settings by their path in the file, as `voice.address`. */
type Settings = Readonly<Record<string, Setting>>;

export interface KindGrammar {
  /** What people call it. */
  readonly words: string;
  /** The mapping that holds them, in the file or in a conversation. */
  readonly section: string;
  /** How a variable with its SID ends. */
  readonly variable: string;
  readonly tells: string;
  readonly settings: Settings;
}

const text = (max: number): SettingType => ({ is: 'text', max });
const url: SettingType = { is: 'url' };
const address: SettingType = { is: 'address' };
const method: SettingType = { is: 'one of', of: ['GET', 'POST'] };
const attributes: Setting = {
  type: { is: 'attributes' },
  parameter: 'Attributes',
  property: 'attributes',
  tells: 'What your code keeps with it: a mapping. `tutti_apply` in it belongs to tutti apply.',
};

const voiceUrls = {
  voiceUrl: {
    type: url,
    parameter: 'VoiceUrl',
    property: 'voice_url',
    tells: 'Asked for TwiML when a call comes in.',
  },
  voiceMethod: {
    type: method,
    parameter: 'VoiceMethod',
    property: 'voice_method',
    tells: 'How voiceUrl is asked.',
  },
  voiceFallbackUrl: {
    type: url,
    parameter: 'VoiceFallbackUrl',
    property: 'voice_fallback_url',
    tells: 'Asked when voiceUrl fails.',
  },
  voiceFallbackMethod: {
    type: method,
    parameter: 'VoiceFallbackMethod',
    property: 'voice_fallback_method',
    tells: 'How voiceFallbackUrl is asked.',
  },
  voiceCallerIdLookup: {
    type: { is: 'boolean' },
    parameter: 'VoiceCallerIdLookup',
    property: 'voice_caller_id_lookup',
    tells: "Whether the caller's name is looked up.",
  },
  statusCallback: {
    type: url,
    parameter: 'StatusCallback',
    property: 'status_callback',
    tells: 'Told how calls end.',
  },
  statusCallbackMethod: {
    type: method,
    parameter: 'StatusCallbackMethod',
    property: 'status_callback_method',
    tells: 'How statusCallback is told.',
  },
  smsUrl: {
    type: url,
    parameter: 'SmsUrl',
    property: 'sms_url',
    tells: 'Asked for TwiML when a message comes in.',
  },
  smsMethod: {
    type: method,
    parameter: 'SmsMethod',
    property: 'sms_method',
    tells: 'How smsUrl is asked.',
  },
  smsFallbackUrl: {
    type: url,
    parameter: 'SmsFallbackUrl',
    property: 'sms_fallback_url',
    tells: 'Asked when smsUrl fails.',
  },
  smsFallbackMethod: {
    type: method,
    parameter: 'SmsFallbackMethod',
    property: 'sms_fallback_method',
    tells: 'How smsFallbackUrl is asked.',
  },
} as const satisfies Settings;

/**
 * Every kind of resource that the file can name, and its settings: the reader, the JSON Schema and the requests
 * follow from it.
 */
export const kinds = {
  application: {
    words: 'application',
    section: 'applications',
    variable: 'APPLICATION_SID',
    tells: 'URLs that serve calls and messages.',
    settings: {
      ...voiceUrls,
      messageStatusCallback: {
        type: url,
        parameter: 'MessageStatusCallback',
        property: 'message_status_callback',
        tells: 'Told what became of messages.',
      },
    },
  },
  phoneNumber: {
    words: 'phone number',
    section: 'phoneNumbers',
    variable: 'PHONE_NUMBER_SID',
    tells: 'A number of yours that can be called.',
    settings: {
      number: {
        type: { is: 'phone number' },
        parameter: 'PhoneNumber',
        property: 'phone_number',
        required: true,
        fixed: true,
        tells: 'In E.164 form: "+15551234567".',
      },
      application: {
        type: { is: 'reference', to: 'application' },
        parameter: 'VoiceApplicationSid',
        property: 'voice_application_sid',
        tells: 'The application that serves its calls: a name of this file, or an AP SID.',
      },
      smsApplication: {
        type: { is: 'reference', to: 'application' },
        parameter: 'SmsApplicationSid',
        property: 'sms_application_sid',
        tells: 'The application that serves its messages: a name of this file, or an AP SID.',
      },
      ...voiceUrls,
    },
  },
  conversation: {
    words: 'conversation',
    section: 'conversations',
    variable: 'CONVERSATION_SID',
    tells: 'A conversation; its name is its UniqueName.',
    settings: {
      friendlyName: {
        type: text(256),
        parameter: 'FriendlyName',
        property: 'friendly_name',
        tells: 'What people call it.',
      },
      attributes,
      'email.address': {
        type: text(256),
        parameter: 'Bindings.Email.Address',
        property: 'bindings.email.projected_address',
        tells: 'The mailbox that e-mail to the conversation is sent to.',
      },
      'email.name': {
        type: text(256),
        parameter: 'Bindings.Email.Name',
        property: 'bindings.email.name',
        tells: 'The name that its e-mail comes from.',
      },
    },
  },
  conductor: {
    words: 'conductor',
    section: 'conductors',
    variable: 'CONDUCTOR_SID',
    tells: 'The bridge between calls and the conversation; its name is its UniqueName.',
    settings: {
      friendlyName: {
        type: text(256),
        parameter: 'FriendlyName',
        property: 'friendly_name',
        tells: 'What people call it.',
      },
      attributes,
      application: {
        type: { is: 'reference', to: 'application' },
        parameter: 'ApplicationSid',
        property: 'application_sid',
        tells: 'The application whose URLs serve its calls: a name of this file, or an AP SID.',
      },
      proxyAddress: {
        type: address,
        parameter: 'ProxyAddress',
        property: 'proxy_address',
        tells:
          'What its calls show and land on: a phone number of this file by name, or a number, SIP URI or client: identity.',
      },
      speak: {
        type: { is: 'one of', of: ['off', 'all'] },
        parameter: 'Speak',
        property: 'speak',
        tells: 'Whether messages are spoken into the calls.',
      },
      transcribe: {
        type: { is: 'one of', of: ['off', 'dtmf', 'speech'] },
        parameter: 'Transcribe',
        property: 'transcribe',
        tells: 'Whether what callers key or say becomes messages.',
      },
      record: {
        type: { is: 'one of', of: ['off', 'on'] },
        parameter: 'Record',
        property: 'record',
        tells: 'Whether the bridge is recorded.',
      },
      maxCalls: {
        type: { is: 'integer', min: 1, max: 250 },
        parameter: 'MaxCalls',
        property: 'max_calls',
        tells: 'How many calls may be on it at once.',
      },
    },
  },
  participant: {
    words: 'participant',
    section: 'participants',
    variable: 'PARTICIPANT_SID',
    tells:
      'Somebody in the conversation: by identity (chat), messaging (SMS, e-mail) or voice (calls).',
    settings: {
      identity: {
        type: text(256),
        parameter: 'Identity',
        property: 'identity',
        fixed: true,
        tells: 'Of a chat user.',
      },
      'messaging.address': {
        type: text(256),
        parameter: 'MessagingBinding.Address',
        property: 'messaging_binding.address',
        fixed: true,
        tells: 'The number or e-mail address of the person.',
      },
      'messaging.proxyAddress': {
        type: address,
        parameter: 'MessagingBinding.ProxyAddress',
        property: 'messaging_binding.proxy_address',
        tells: 'The number or mailbox of yours that the person sees.',
      },
      'voice.address': {
        type: text(256),
        parameter: 'VoiceBinding.Address',
        property: 'voice_binding.address',
        tells: 'Where the person is called: a number, SIP URI or client: identity.',
      },
      'voice.proxyAddress': {
        type: address,
        parameter: 'VoiceBinding.ProxyAddress',
        property: 'voice_binding.proxy_address',
        tells: "The number of yours that calls show; the Conductor's, if none is given.",
      },
      'voice.conductor': {
        type: { is: 'reference', to: 'conductor' },
        parameter: 'VoiceBinding.ConductorSid',
        property: 'voice_binding.conductor_sid',
        tells: 'The Conductor that calls are bound to: a name of this file, or a CN SID.',
      },
      attributes,
    },
  },
  webhook: {
    words: 'webhook',
    section: 'webhooks',
    variable: 'WEBHOOK_SID',
    tells:
      'Told of what happens in the conversation: with filters of events, or with triggers of words.',
    settings: {
      url: {
        type: url,
        parameter: 'Configuration.Url',
        property: 'configuration.url',
        required: true,
        tells: 'What is told.',
      },
      method: {
        type: method,
        parameter: 'Configuration.Method',
        property: 'configuration.method',
        tells: 'How it is told.',
      },
      filters: {
        type: { is: 'words', of: events, max: events.length },
        parameter: 'Configuration.Filters',
        property: 'configuration.filters',
        tells: 'The events that it is told of.',
      },
      triggers: {
        type: { is: 'words', max: 5 },
        parameter: 'Configuration.Triggers',
        property: 'configuration.triggers',
        tells: 'Words: it is told of messages that contain one of them.',
      },
    },
  },
} as const satisfies Readonly<Record<string, KindGrammar>>;

export type Kind = keyof typeof kinds;

/** Of the file, in the order in which they are made. */
export const accountKinds = ['application', 'phoneNumber', 'conversation'] as const;

/** Of a conversation, in the order in which they are made. */
export const conversationKinds = ['conductor', 'participant', 'webhook'] as const;

/** Settings of `kind`, as the grammar has them. */
export function settingsOf(kind: Kind): readonly (readonly [string, Setting])[] {
  return Object.entries<Setting>(kinds[kind].settings);
}

/** Names are part of variables, friendly names (64 characters) and paths. */
export const NAME = /^[a-z][a-z0-9_-]{0,29}$/;
