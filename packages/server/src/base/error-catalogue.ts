/** One way the system can refuse or warn. `{name}` in a message is filled at the throw. */
export interface CatalogueEntry {
  readonly code: number;
  readonly status: number;
  readonly message: string;
  /** Raised as a Monitor Alert of this level. Absent: told to the caller only. */
  readonly alert?: 'error' | 'warning';
}

/**
 * Every code the server answers or raises, Twilio's where Twilio has one, ours from 75001.
 * `docs/errors.md` lists the same set (a test compares them).
 */
export const catalogue = {
  // Accounts that are suspended or closed. Twilio: errors 10001, 10003.
  callFromInactiveAccount: {
    code: 10001,
    status: 403,
    alert: 'error',
    message: 'Account {account} is not active, so it makes no calls. Set its Status to active.',
  },
  callToInactiveAccount: {
    code: 10003,
    status: 403,
    alert: 'error',
    message:
      'The call from {from} to {to} was rejected: account {account}, whose it is, is not active.',
  },

  // Any request. Twilio: errors 20001-20500.
  invalidParameter: { code: 20001, status: 400, message: 'Invalid parameter {name}: {problem}' },
  missingParameter: {
    code: 20001,
    status: 400,
    message: 'Missing required parameter {name} in the post body',
  },
  secondaryTokenExists: {
    code: 20001,
    status: 400,
    message:
      'The account has a secondary auth token already. Promote it (POST /v1/AuthTokens/Promote) or delete it first.',
  },
  sipDomainTaken: {
    code: 20001,
    status: 400,
    message: 'The DomainName {given} is already in use on this server. Choose another.',
  },
  sipUsernameTaken: {
    code: 20001,
    status: 400,
    message: 'The Username {given} is in credential list {list} already. Update its Password.',
  },
  sipListInUse: {
    code: 20001,
    status: 400,
    message:
      '{given} decides who may call or register at {domains}. Delete its mappings there first, so that nobody is locked out by surprise.',
  },
  sipListNotFound: {
    code: 20001,
    status: 400,
    message: 'The list {given} is none of this account.',
  },
  sipLimit: { code: 20001, status: 400, message: 'The limit of {limit} {what} is reached.' },
  authenticate: { code: 20003, status: 401, message: 'Authenticate: {problem}' },
  friendlyNameTooLong2010: {
    code: 20002,
    status: 400,
    message: '{name} is {length} characters long; at most {max} are taken.',
  },
  accountNotActive: {
    code: 20005,
    status: 403,
    message: 'Account {account} is not active: it is {problem}.',
  },
  methodNotAllowed: {
    code: 20004,
    status: 405,
    message: 'The method {method} is not allowed on {path}',
  },
  notComplete: {
    code: 20009,
    status: 409,
    message: 'Call {sid} is {status}. End it (Status=completed) before deleting its record.',
  },
  emptyUpdate: {
    code: 20161,
    status: 400,
    message: 'The update names no parameter of this resource. It takes: {known}',
  },
  forbidden: { code: 20403, status: 403, message: '{problem}' },
  notFound: { code: 20404, status: 404, message: 'The requested resource {path} was not found' },
  sidNotFound: {
    code: 20404,
    status: 404,
    alert: 'error',
    message: 'The requested resource {path} was not found. {explanation}',
  },
  tooLarge: {
    code: 20413,
    status: 413,
    message: 'The request body is larger than {limit} bytes. Send less in one request.',
  },
  unsupportedMediaType: {
    code: 20415,
    status: 415,
    message:
      'The content type {given} is not understood. Send application/x-www-form-urlencoded, as the official client does.',
  },
  tooManyRequests: { code: 20429, status: 429, message: 'Too many requests: {problem}' },
  internal: { code: 20500, status: 500, message: 'Internal server error' },
  unavailable: { code: 20503, status: 503, message: 'The service is unavailable: {problem}' },
  invalidPageToken: {
    code: 21481,
    status: 400,
    message:
      'Invalid PageToken {given}. Take page URLs from the previous answer (meta.next_page_url or next_page_uri) unchanged.',
  },

  // Media streams. Twilio: errors 31900-31960.
  streamFailed: {
    code: 31900,
    status: 502,
    alert: 'error',
    message: 'Stream {sid} to {url} ended because {problem}.',
  },
  streamConnectTimeout: {
    code: 31901,
    status: 504,
    alert: 'error',
    message: 'Stream {sid}: the WebSocket {url} could not be opened in time. {problem}',
  },
  streamRefused: {
    code: 31902,
    status: 502,
    alert: 'error',
    message: 'Stream {sid}: the connection to {url} was refused; nothing listens there. {problem}',
  },
  streamBroken: {
    code: 31903,
    status: 502,
    alert: 'error',
    message: 'Stream {sid}: the connection to {url} broke: {problem}.',
  },
  streamUnreachable: {
    code: 31904,
    status: 502,
    alert: 'error',
    message: 'Stream {sid}: the host of {url} cannot be reached. {problem}',
  },
  streamTls: {
    code: 31910,
    status: 502,
    alert: 'error',
    message:
      'Stream {sid}: TLS with {url} failed: {problem}. Its certificate must be valid, name that host and be signed by an authority that this machine trusts.',
  },
  streamHandshake: {
    code: 31920,
    status: 502,
    alert: 'error',
    message: 'Stream {sid}: {url} did not become a WebSocket: {problem}.',
  },
  streamClosed: {
    code: 31921,
    status: 502,
    alert: 'error',
    message:
      'Stream {sid}: {url} closed the WebSocket with {problem}. To end a stream, close it with 1000.',
  },
  streamScheme: {
    code: 31922,
    status: 400,
    alert: 'error',
    message: 'No stream goes to {url}. {problem}',
  },
  streamPlain: {
    code: 31922,
    status: 200,
    alert: 'warning',
    message:
      'The stream to {url} goes unprotected, which a server in development allows. Twilio takes wss:// alone, and so does this server with TUTTI_MODE=production.',
  },
  streamUrl: {
    code: 31923,
    status: 400,
    alert: 'error',
    message: 'No stream goes to {url}. {problem} Give an absolute URL, wss://host/path.',
  },
  streamProtocol: {
    code: 31924,
    status: 502,
    alert: 'error',
    message: 'Stream {sid}: {url} broke the WebSocket protocol: {problem}',
  },
  streamOverflow: {
    code: 31930,
    status: 200,
    alert: 'warning',
    message:
      'Stream {sid}: {url} does not take sound as fast as it comes; some is left out. {problem}.',
  },
  streamDiscarded: {
    code: 31931,
    status: 200,
    alert: 'warning',
    message: 'Stream {sid}: some of what {url} sends is thrown away: {problem}.',
  },
  streamTrack: {
    code: 31941,
    status: 400,
    alert: 'error',
    message:
      '<Connect><Stream track="{track}"> was not connected: a stream that goes both ways takes inbound_track alone. Use <Start><Stream> for the other tracks.',
  },
  streamMalformed: {
    code: 31950,
    status: 200,
    alert: 'warning',
    message: 'Stream {sid}: a message of {url} was passed over: {problem}.',
  },
  streamInvalid: {
    code: 31951,
    status: 200,
    alert: 'warning',
    message:
      'Stream {sid}: something is wrong with a message of {url}: {problem}. More of the kind are not told of.',
  },
  streamSilence: {
    code: 31953,
    status: 500,
    alert: 'error',
    message: 'Stream {sid} to {url} has ended with its call, from which no sound came any more.',
  },
  streamQuota: {
    code: 31960,
    status: 400,
    alert: 'error',
    message: 'Call {sid} has {limit} streams already, which is the most. Stop one first.',
  },
  streamNameInUse: {
    code: 20001,
    status: 400,
    message:
      'Invalid parameter Name: stream {sid} of this call is called {name} already. Stop it first, or take another name.',
  },
  transcriptionNameInUse: {
    code: 20001,
    status: 400,
    message:
      'Invalid parameter Name: transcription {sid} of this call is called {name} already. Stop it first, or take another name.',
  },
  streamAddressRefused: {
    code: 75020,
    status: 502,
    alert: 'error',
    message: 'Stream {sid} to {url} was not opened. {problem}',
  },

  // ConversationRelay. Twilio: errors 64101-64110.
  relayParameter: {
    code: 64101,
    status: 400,
    alert: 'error',
    message: '<ConversationRelay> was not started: {problem}',
  },
  relayConnect: {
    code: 64102,
    status: 502,
    alert: 'error',
    message: '<ConversationRelay>: the WebSocket {url} could not be opened: {problem}',
  },
  relayPlain: {
    code: 64102,
    status: 200,
    alert: 'warning',
    message:
      '<ConversationRelay> talks to {url} unprotected, which a server in development allows. Twilio takes wss:// alone, and so does this server with TUTTI_MODE=production.',
  },
  relayFailed: {
    code: 64103,
    status: 500,
    alert: 'error',
    message:
      '<ConversationRelay>: an error in the server, which its log tells of: {problem}. Please report it.',
  },
  relayTimeLimit: {
    code: 64104,
    status: 200,
    alert: 'error',
    message:
      '<ConversationRelay>: the session with {url} was ended with its call, which had reached its time limit. TimeLimit of the call sets it.',
  },
  relayEnded: {
    code: 64105,
    status: 502,
    alert: 'error',
    message: '<ConversationRelay>: the WebSocket {url} ended before the session did: {problem}.',
  },
  relayArgument: {
    code: 64106,
    status: 400,
    alert: 'error',
    message: '<ConversationRelay>: {problem}',
  },
  relayMessage: {
    code: 64107,
    status: 200,
    alert: 'warning',
    message: '<ConversationRelay>: a message of {url} was passed over: {problem}.',
  },
  relaySilence: {
    code: 64108,
    status: 500,
    alert: 'error',
    message:
      '<ConversationRelay>: the session with {url} was ended with its call, from which no sound came any more.',
  },

  // Calls, Applications, numbers. Twilio: errors 21201-21660, 32018.
  noTo: {
    code: 21201,
    status: 400,
    message: 'No To number was given. Send To=+15551234567, a sip: URI or client:name.',
  },
  invalidUrl: { code: 21205, status: 400, message: 'Invalid URL in {name}: {given}. {problem}' },
  noInstructions: {
    code: 21205,
    status: 400,
    message:
      'The call has no instructions. Give one of Url, Twiml, ApplicationSid or ConductorSid.',
  },
  invalidSendDigits: {
    code: 21206,
    status: 400,
    message: 'Invalid SendDigits {given}. Up to 32 of 0-9 A-D # * w (0.5 s) W (1 s).',
  },
  invalidTimeout: {
    code: 21208,
    status: 400,
    message: 'Invalid {name} {given}. A whole number of seconds from {min} to {max}.',
  },
  invalidMethod: { code: 21209, status: 400, message: 'Invalid {name} {given}. GET or POST.' },
  invalidTo: { code: 21211, status: 400, message: 'Invalid To {given}. {problem}' },
  invalidFrom: { code: 21212, status: 400, message: 'Invalid From {given}. {problem}' },
  noFrom: {
    code: 21213,
    status: 400,
    message:
      'No From was given. Send a number of this account, or client:name for a SIP or client call.',
  },
  fromNotOurs: {
    code: 21210,
    status: 400,
    message:
      'The From number {given} neither belongs to this account nor was verified. Create it by POST /2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json with PhoneNumber={given}, or have its owner verify it by POST /2010-04-01/Accounts/{account}/OutgoingCallerIds.json.',
  },
  invalidApplicationSid: {
    code: 21218,
    status: 400,
    alert: 'error',
    message: 'Invalid ApplicationSid {given}. {explanation}',
  },
  invalidCallState: {
    code: 21220,
    status: 400,
    message: 'Call {sid} is {status}, not in-progress. {problem}',
  },
  recordingEnded: {
    code: 21220,
    status: 400,
    message: 'Recording {sid} is {status}: only one in progress or paused can be changed.',
  },
  noRecordingUnderWay: {
    code: 21220,
    status: 400,
    message:
      '{sid} has no recording in progress or paused, so Twilio.CURRENT names none. That of a call is started by POST /Calls/CA…/Recordings.json, that of a conference by record of <Conference>.',
  },
  sipPasswordMissing: {
    code: 21225,
    status: 400,
    message: 'SipAuthPassword is required when SipAuthUsername is given.',
  },
  machineDetectionCallbackMissing: {
    code: 21262,
    status: 200,
    alert: 'warning',
    message:
      'AsyncAmd=true was given without AsyncAmdStatusCallback: nobody is told who answered. It is in answered_by of the call.',
  },
  machineDetectionParameters: {
    code: 21263,
    status: 200,
    alert: 'warning',
    message: 'Answering machine detection: {problem}',
  },
  applicationLimit: {
    code: 21301,
    status: 400,
    message: 'Cannot create the application: the limit of {limit} is reached.',
  },
  invalidSipDomain: {
    code: 21231,
    status: 400,
    message:
      'Invalid DomainName {given}. A host name with a dot is expected, as phones.example.com: letters, digits and hyphens.',
  },
  invalidUrl2010: {
    code: 21402,
    status: 400,
    message: 'Invalid URL in {name}: {given}. {problem}',
  },
  invalidMethod2010: { code: 21403, status: 400, message: 'Invalid {name} {given}. GET or POST.' },
  fallbackWithoutUrl: {
    code: 21405,
    status: 400,
    message: '{fallback} is set without {url}. Set {url} too, or clear {fallback}.',
  },
  smsFallbackWithoutUrl: {
    code: 21406,
    status: 400,
    message: '{fallback} is set without {url}. Set {url} too, or clear {fallback}.',
  },
  invalidPhoneNumber: {
    code: 21421,
    status: 400,
    message: 'PhoneNumber {given} is invalid. {problem}',
  },
  phoneNumberTaken: {
    code: 21422,
    status: 400,
    message: 'PhoneNumber {given} is not available: it is already in use on this server.',
  },
  queueExists: {
    code: 20001,
    status: 400,
    message:
      'A queue named "{name}" exists already: {sid}. Give another FriendlyName, or use that one.',
  },
  queueNotEmpty: {
    code: 20009,
    status: 409,
    message:
      'The queue "{name}" ({sid}) cannot be deleted while calls wait in it: {count}. Redirect or end them first.',
  },
  callerIdVerified: {
    code: 21450,
    status: 400,
    message:
      'Phone number {given} needs no verification: this account may show it already, by {sid}. Give it as From or callerId.',
  },
  noNumberInAreaCode: {
    code: 21452,
    status: 400,
    message:
      'No phone numbers found in area code {given}: every {pattern} is taken. Give another AreaCode, or the number you want as PhoneNumber.',
  },
  twimlTooLong: {
    code: 32018,
    status: 400,
    message:
      'Twiml is {length} characters long; at most 4000 are taken. Serve longer documents by Url.',
  },
  bothUrlAndTwiml: {
    code: 32019,
    status: 200,
    alert: 'warning',
    message: 'Url and Twiml are both set. Url {url} is used and Twiml is ignored.',
  },

  // Conversations. Twilio: errors 50000-50610.
  friendlyNameMissing: { code: 50000, status: 400, message: 'FriendlyName is required.' },
  friendlyNameTooLong: {
    code: 50003,
    status: 400,
    message: '{name} is {length} characters long; at most {max} are taken.',
  },
  uniqueNameTooLong: {
    code: 50004,
    status: 400,
    message: '{name} is {length} characters long; at most {max} are taken.',
  },
  serviceNotFound: {
    code: 50050,
    status: 404,
    alert: 'error',
    message: 'Service {given} was not found in this account. {explanation}',
  },
  invalidWebhookMethod: {
    code: 50055,
    status: 400,
    message: 'Invalid {name} {given}. GET or POST.',
  },
  rejectedByWebhook: {
    code: 50056,
    status: 403,
    message: 'The pre-event webhook {url} answered {status} to {event}, so nothing was changed.',
  },
  webhookFailed: {
    code: 50057,
    status: 400,
    alert: 'error',
    message: 'The webhook {url} for {event} failed: {problem}',
  },
  webhookTimeout: {
    code: 50076,
    status: 400,
    alert: 'error',
    message: 'The webhook {url} for {event} did not answer within {limit} ms: {problem}',
  },
  invalidPreWebhookUrl: {
    code: 50077,
    status: 400,
    message: 'Invalid PreWebhookUrl {given}. {problem}',
  },
  invalidPostWebhookUrl: {
    code: 50078,
    status: 400,
    message: 'Invalid PostWebhookUrl {given}. {problem}',
  },
  roleNotFound: {
    code: 50100,
    status: 400,
    message: 'RoleSid {given} was not found in the service. {explanation}',
  },
  identityMissing: {
    code: 50204,
    status: 400,
    message:
      'Identity is required when neither MessagingBinding.Address nor VoiceBinding.Address is given.',
  },
  identityLikeSid: {
    code: 50206,
    status: 400,
    message: 'Identity {given} looks like a User SID. Choose another.',
  },
  identityTooLong: {
    code: 50207,
    status: 400,
    message: '{name} is {length} characters long; at most {max} are taken.',
  },
  identityNotAcceptable: {
    code: 50211,
    status: 400,
    message:
      'Identity {given} cannot go with MessagingBinding.Address: a participant is either a chat user or an address. Leave one out.',
  },
  attributesTooLong: {
    code: 50303,
    status: 400,
    message: '{name} is {length} bytes long; at most {max} are taken.',
  },
  attributesNotJson: { code: 50304, status: 400, message: '{name} is not valid JSON: {problem}' },
  invalidDateCreated: {
    code: 50308,
    status: 400,
    message: 'Invalid {name} {given}. ISO 8601, as 2026-11-22T10:00:00Z.',
  },
  authorTooLong: {
    code: 50310,
    status: 400,
    message: '{name} is {length} characters long; at most {max} are taken.',
  },
  invalidMessagingServiceSid: {
    code: 50341,
    status: 400,
    alert: 'error',
    message: 'Invalid MessagingServiceSid {given}. {explanation}',
  },
  uniqueNameTaken: {
    code: 50353,
    status: 409,
    message: 'Conversation with provided unique name already exists: {given} is {sid}.',
  },
  scopedWebhookNotFound: {
    code: 50360,
    status: 404,
    message: 'Conversation webhook {given} was not found.',
  },
  tooManyScopedWebhooks: {
    code: 50361,
    status: 400,
    message: 'A conversation has at most {limit} webhooks. Delete one first.',
  },
  tooManyTriggers: {
    code: 50362,
    status: 400,
    message: 'A webhook has at most {limit} triggers; {given} were given.',
  },
  invalidWebhookTarget: {
    code: 50364,
    status: 400,
    message:
      'Invalid Target {given}. webhook or trigger. (studio needs Twilio Studio, which Tutti does not carry.)',
  },
  invalidWebhookFilter: {
    code: 50365,
    status: 400,
    message: 'Invalid filter {given}. {explanation}',
  },
  invalidTrigger: {
    code: 50366,
    status: 400,
    message: 'The trigger {given} is longer than {max} characters.',
  },
  webhookTargetMissing: {
    code: 50368,
    status: 400,
    message: 'Target is required: webhook or trigger.',
  },
  webhookUrlMissing: { code: 50369, status: 400, message: 'Configuration.Url is required.' },
  webhookFilterMissing: {
    code: 50370,
    status: 400,
    message: 'Configuration.Filters is required: name at least one event, as onMessageAdded.',
  },
  webhookTriggerMissing: {
    code: 50371,
    status: 400,
    message: 'Configuration.Triggers is required: at least one word.',
  },
  invalidWebhookUrl: {
    code: 50372,
    status: 400,
    message: 'Invalid Configuration.Url {given}. {problem}',
  },
  stateEmpty: {
    code: 50374,
    status: 400,
    message: "State can't be empty. active, inactive or closed.",
  },
  inactiveTimerTooShort: {
    code: 50375,
    status: 400,
    message: 'Timers.Inactive {given} is shorter than one minute (PT1M).',
  },
  closedTimerTooShort: {
    code: 50376,
    status: 400,
    message: 'Timers.Closed {given} is shorter than ten minutes (PT10M).',
  },
  conversationClosed: {
    code: 50377,
    status: 400,
    message: "Can't change conversation {sid}: it is closed, which is final. Create a new one.",
  },
  invalidState: {
    code: 50378,
    status: 400,
    message: 'Invalid State {given}. active, inactive or closed.',
  },
  invalidInactiveTimer: {
    code: 50379,
    status: 400,
    message: 'Invalid Timers.Inactive {given}. An ISO 8601 duration, as PT1H or P1D.',
  },
  invalidClosedTimer: {
    code: 50380,
    status: 400,
    message: 'Invalid Timers.Closed {given}. An ISO 8601 duration, as PT10M or P1D.',
  },
  timerWithoutState: {
    code: 50382,
    status: 400,
    message: 'Timers need an explicit State when a conversation is created. Add State=active.',
  },
  initialStateClosed: {
    code: 50384,
    status: 400,
    message: 'A conversation cannot be created closed. Leave State out or say active or inactive.',
  },
  uniqueNameLikeSid: {
    code: 50390,
    status: 400,
    message: 'UniqueName {given} looks like a Conversation SID. Choose another.',
  },
  invalidDateRange: {
    code: 50396,
    status: 400,
    message: 'EndDate {end} should be after StartDate {start}.',
  },
  invalidLastReadTimestamp: {
    code: 50405,
    status: 400,
    message: 'Invalid {name} {given}. ISO 8601, as 2026-11-22T10:00:00Z.',
  },
  invalidAddress: { code: 50407, status: 400, message: 'Invalid {name} {given}. {problem}' },
  invalidProxyAddress: { code: 50408, status: 400, message: 'Invalid {name} {given}. {problem}' },
  addressEqualsProxy: {
    code: 50409,
    status: 400,
    message:
      '{name} and its proxy address are both {given}. The proxy address is a number of yours, the address the other side.',
  },
  addressMissing: {
    code: 50411,
    status: 400,
    message: '{proxy} is given without {name}. Give the address of the person too.',
  },
  proxyAddressMissing: {
    code: 50412,
    status: 400,
    message: '{name} is given without {proxy}. Give the number of yours that this person talks to.',
  },
  addressTypesDiffer: {
    code: 50414,
    status: 400,
    message:
      'Address {address} is {addressType} and proxy address {proxy} is {proxyType}. Both must be of one type.',
  },
  bindingTaken: {
    code: 50416,
    status: 409,
    message:
      'A binding for this participant and proxy address already exists in Conversation {sid}',
  },
  participantLimit: {
    code: 50417,
    status: 400,
    message: 'A conversation has at most {limit} participants.',
  },
  invalidLastReadIndex: {
    code: 50421,
    status: 400,
    message: 'Invalid LastReadMessageIndex {given}. A whole number.',
  },
  participantNotFound: {
    code: 50432,
    status: 404,
    message: 'Participant {given} was not found in conversation {conversation}. {explanation}',
  },
  participantExists: {
    code: 50433,
    status: 409,
    message: 'Participant already exists: {sid} has {what}.',
  },
  groupMmsDisabled: {
    code: 50452,
    status: 403,
    message:
      'MessagingBinding.ProjectedAddress belongs to group MMS, which is not enabled. Give MessagingBinding.Address and MessagingBinding.ProxyAddress.',
  },
  messageNotFound: {
    code: 50500,
    status: 404,
    message: 'Message {given} was not found in conversation {conversation}. {explanation}',
  },
  bodyMissing: { code: 50503, status: 400, message: 'Body is required.' },
  bodyTooLong: {
    code: 50504,
    status: 400,
    message: '{name} is {length} bytes long; at most {max} are taken.',
  },

  // Fetching TwiML and calling back. Twilio: errors 11100-11770, 12100-13999, 15003.
  fetchBadUrl: {
    code: 11100,
    status: 400,
    alert: 'error',
    message: 'Invalid URL format: {url}. {problem}',
  },
  fetchFailed: { code: 11200, status: 502, alert: 'error', message: '{url} answered {problem}' },
  fetchConnectTimeout: {
    code: 11201,
    status: 502,
    alert: 'error',
    message: 'Connecting to {url} timed out. {problem}',
  },
  fetchRefused: {
    code: 11202,
    status: 502,
    alert: 'error',
    message: '{url} refused the connection: nothing listens there. {problem}',
  },
  fetchTimeout: {
    code: 11203,
    status: 502,
    alert: 'error',
    message: '{url} took too long. {problem}',
  },
  fetchBroken: {
    code: 11205,
    status: 502,
    alert: 'error',
    message: 'The connection to {url} broke: {problem}',
  },
  fetchProtocol: {
    code: 11206,
    status: 502,
    alert: 'error',
    message: '{url} did not speak HTTP: {problem}',
  },
  fetchNoHost: {
    code: 11210,
    status: 502,
    alert: 'error',
    message: 'The host of {url} is not known: {problem}',
  },
  fetchRedirects: {
    code: 11215,
    status: 502,
    alert: 'error',
    message: '{url} redirected more than {problem} times.',
  },
  fetchBadRedirect: {
    code: 11216,
    status: 502,
    alert: 'error',
    message: '{url} redirected badly: {problem}',
  },
  fetchTls: {
    code: 11220,
    status: 502,
    alert: 'error',
    message: 'The TLS handshake with {url} failed: {problem}',
  },
  fetchTlsHost: {
    code: 11235,
    status: 502,
    alert: 'error',
    message: 'The certificate of {url} is for another host: {problem}',
  },
  fetchTlsExpired: {
    code: 11236,
    status: 502,
    alert: 'error',
    message: 'The certificate of {url} is not valid at this time: {problem}',
  },
  fetchTlsChain: {
    code: 11237,
    status: 502,
    alert: 'error',
    message: 'The certificate of {url} leads to no authority known here: {problem}',
  },
  responseTooLarge: {
    code: 11750,
    status: 502,
    alert: 'error',
    message: 'The answer of {url} is larger than {problem}.',
  },
  twimlInvalid: { code: 12100, status: 502, alert: 'error', message: '{url}: {problem}' },
  twimlWarning: { code: 12200, status: 200, alert: 'warning', message: '{url}: {problem}' },
  twimlContentType: {
    code: 12300,
    status: 502,
    alert: 'error',
    message: '{url} answered with Content-Type {problem}. Answer TwiML as text/xml.',
  },
  playContentType: {
    code: 13420,
    status: 502,
    alert: 'error',
    message: 'Play cannot use {url}: {problem}',
  },
  transcriptionLength: {
    code: 13617,
    status: 400,
    alert: 'warning',
    message:
      'Recording {sid} has {durationSec} s and is not transcribed: that is done of {min} to {max} s. Set maxLength of <Record> to {max} or less.',
  },
  transcriptionUnavailable: {
    code: 13618,
    status: 400,
    alert: 'warning',
    message: 'Recording {sid} was not transcribed. {problem}',
  },
  dialInvalidSip: {
    code: 13243,
    status: 400,
    alert: 'warning',
    message: 'Dial: {given} is not a SIP URI. {problem}',
  },
  applicationChain: {
    code: 13201,
    status: 400,
    alert: 'error',
    message:
      'Call {sid} is the last of {limit} that dialled each other, so application {given} was not dialled. Look for an application that dials itself.',
  },
  dialCallerId: {
    code: 13214,
    status: 200,
    alert: 'warning',
    message:
      '<Dial callerId="{given}"> is not shown, but the caller, {from}: it is neither the number of the caller nor the one that was called, and account {account} neither has nor has verified it. Create it by POST …/IncomingPhoneNumbers.json, or have its owner verify it by POST …/OutgoingCallerIds.json.',
  },
  dialNested: {
    code: 13201,
    status: 400,
    alert: 'error',
    message:
      'Dial cannot be used on the dialled leg {sid}. Use it in the document of the calling leg.',
  },
  unsupportedVerb: {
    code: 13750,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> {problem}, so the document was not run any further. See docs/twiml.md for what is carried.',
  },
  simNotCarried: {
    code: 13258,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> {problem}, so the document was not run any further. See docs/twiml.md for what is carried.',
  },
  smsNotCarried: {
    code: 13803,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> {problem}, so the document was not run any further. See docs/twiml.md for what is carried.',
  },
  queueNotTaskRouter: {
    code: 14219,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> {problem}, so the document was not run any further. See docs/twiml.md for what is carried.',
  },
  enqueueNotTaskRouter: {
    code: 14226,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> {problem}, so the document was not run any further. See docs/twiml.md for what is carried.',
  },
  statusCallbackFailed: {
    code: 15003,
    status: 502,
    alert: 'warning',
    message: 'The status callback {url} for {event} failed: {problem}',
  },
  relativeAction: {
    code: 15004,
    status: 400,
    alert: 'error',
    message:
      'The URL {url} is relative, and a document given by the Twiml parameter has no address to resolve it against. Give an absolute URL.',
  },
  redirectLoop: {
    code: 12400,
    status: 502,
    alert: 'error',
    message:
      'Call {sid} fetched {limit} documents without hearing, saying or waiting for anything. The last was {url}. Stop the redirect loop.',
  },
  promptLoop: {
    code: 12400,
    status: 502,
    alert: 'error',
    message:
      '{limit} documents for somebody who waits, or of an announcement, were fetched without playing, saying or waiting for anything. The last was {url}. Stop the redirect loop.',
  },
  conferencePromptVerb: {
    code: 13238,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> is not for those who wait in a conference or hear an announcement. Use <Play>, <Say>, <Pause> and <Redirect>.',
  },
  referUrlMissing: {
    code: 13802,
    status: 400,
    alert: 'error',
    message:
      'The peer of call {sid} asked by REFER to be replaced by {target}, and was declined: its <Dial> has no referUrl, or joins it with a queue.',
  },
  queueWaitVerb: {
    code: 14202,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> is not for those who wait in a queue, so the call left it. Use <Play>, <Say>, <Pause>, <Gather>, <Redirect>, <Leave> and <Hangup>.',
  },
  queueFull: {
    code: 14207,
    status: 400,
    alert: 'warning',
    message:
      'The queue "{name}" ({sid}) is full, so the call did not get in: at most {max} calls, as its MaxSize or maxQueueSize says.',
  },
  queueWhisperVerb: {
    code: 14211,
    status: 400,
    alert: 'error',
    message:
      '{url}: <{verb}> is not for who leaves a queue before the two hear each other. Use <Play>, <Say>, <Pause> and <Redirect>.',
  },
  coachedNotThere: {
    code: 13240,
    status: 400,
    alert: 'error',
    message:
      'coach="{given}" of <Conference> names no call in the conference "{name}", so the call did not join it. Give the SID of a call that is in it.',
  },
  conferenceNotBridged: {
    code: 16001,
    status: 400,
    message: 'Nothing can be announced in the conference {sid}. {problem}',
  },
  conferenceCallbackFailed: {
    code: 16011,
    status: 502,
    alert: 'error',
    message: 'The conference status callback {url} for {event} failed: {problem}',
  },
  conferenceFull: {
    code: 16020,
    status: 400,
    alert: 'error',
    message:
      'The conference "{name}" ({sid}) is full: at most {max} participants, as maxParticipants says.',
  },
  conferenceOver: {
    code: 16022,
    status: 400,
    message: 'The conference {sid} is completed. Use its friendly name to begin another.',
  },
  conferenceLabelInTwiml: {
    code: 16023,
    status: 400,
    alert: 'error',
    message:
      'participantLabel="{given}" of <Conference> is no label, so the call did not join. {problem}',
  },
  conferenceLabel: { code: 16024, status: 400, message: 'Invalid Label {given}. {problem}' },
  conferenceLabelTakenInTwiml: {
    code: 16025,
    status: 400,
    alert: 'error',
    message:
      'participantLabel="{given}" is that of another participant of the conference "{name}" ({sid}), so the call did not join it.',
  },
  conferenceLabelTaken: {
    code: 16026,
    status: 400,
    message: 'The Label {given} is that of another participant of the conference "{name}" ({sid}).',
  },
  coachedOnHold: {
    code: 16027,
    status: 400,
    message: 'The call {given} of the conference "{name}" is on hold, so it cannot be coached.',
  },
  coachedMissing: {
    code: 16028,
    status: 400,
    message:
      'CallSidToCoach={given} is no call in the conference "{name}". Give the SID of one that is in it.',
  },
  conferenceElsewhere: {
    code: 16099,
    status: 409,
    alert: 'error',
    message:
      'The conference "{name}" ({sid}) is on another server of this database, and a conference is on one. Send calls of one conference to one server.',
  },

  sipTooManyContacts: {
    code: 32007,
    status: 403,
    alert: 'warning',
    message:
      'A phone could not register as {user} of {scope}: {limit} phones have that name already. Let one of them unregister, wait until it expires, or give this one a name of its own.',
  },
  sipRegistersTooFast: {
    code: 32008,
    status: 503,
    alert: 'warning',
    message:
      'Phones of SIP domain {domain} ({sid}) were told to register later: more than {limit} came in a second. Let them register less often, and not all at one moment.',
  },
  sipNotRegistered: {
    code: 32009,
    status: 480,
    alert: 'warning',
    message: 'The call to {to} failed: no phone is registered there. {hint}',
  },
  sipUnreachable: {
    code: 32011,
    status: 502,
    alert: 'warning',
    message: 'The call to {to} failed: {peer} could not be reached by SIP. {problem}',
  },
  noAudioReceived: {
    code: 32014,
    status: 500,
    alert: 'warning',
    message:
      'The call between {from} and {to} was ended: no sound came from {peer} for {seconds} seconds. ' +
      'It may have crashed, or its network keeps RTP from {port}. TUTTI_SILENCE_SECONDS sets the time.',
  },
  sipBadSdp: {
    code: 32102,
    status: 488,
    alert: 'warning',
    message:
      'The call between {from} and {to} failed: {problem}. Tutti speaks G.711 (PCMU, PCMA) over RTP.',
  },
  sipDomainClosed: {
    code: 32200,
    status: 403,
    alert: 'error',
    message:
      'The call from {from} to {to} was refused: no list says who may call SIP domain {domain}. Map one: POST /2010-04-01/Accounts/{account}/SIP/Domains/{sid}/Auth/Calls/CredentialListMappings.json with CredentialListSid, or IpAccessControlListMappings.json with IpAccessControlListSid.',
  },
  sipSourceNotAllowed: {
    code: 32201,
    status: 403,
    alert: 'error',
    message:
      'The call from {from} to {to} was refused: it came from {source}, which is in no access list of SIP domain {sid} ({lists}). Add it there with IpAddress={source}, if it may call.',
  },
  sipBadCredentials: {
    code: 32202,
    status: 403,
    alert: 'error',
    message:
      'The call from {from} to {to} was refused: the username {username} is in no credential list of SIP domain {sid} ({lists}), or its password is wrong. Add it, or set its Password anew.',
  },
  sipPasswordsThrottled: {
    code: 32202,
    status: 503,
    alert: 'warning',
    message:
      'Requests from {source} to SIP domain {domain} ({sid}) were refused without a look at their passwords, since {limit} wrong ones came from there. One more is looked at each second, beside those of usernames that were right from there before. Correct the password of the phone that sends it, or keep a stranger out with an access list or a firewall.',
  },
  sipMediaNotSecure: {
    code: 32208,
    status: 488,
    alert: 'error',
    message:
      'The call from {from} to {to} was refused: SIP domain {sid} is Secure and the call offers no SRTP. Turn SRTP (SDES) on at the caller, or set Secure=false.',
  },
  sipTransportNotSecure: {
    code: 32209,
    status: 403,
    alert: 'error',
    message:
      'The call from {from} to {to} was refused: SIP domain {sid} is Secure and the call came over {transport}. Let the caller use TLS, or set Secure=false.',
  },
  sipRegisterNotSupported: {
    code: 32210,
    status: 403,
    alert: 'error',
    message:
      'A phone at {source} could not register as {user}@{domain}: SipRegistration is off. Set it: POST /2010-04-01/Accounts/{account}/SIP/Domains/{sid}.json with SipRegistration=true.',
  },
  sipRegisterRefused: {
    code: 32212,
    status: 403,
    alert: 'warning',
    message: 'A phone at {source} could not register as {user}@{domain} ({sid}). {problem}',
  },
  sipNoUsername: {
    code: 32223,
    status: 400,
    alert: 'error',
    message:
      'The call to {to} failed: a SIP domain is dialled with the name of a phone before it, as sip:ada@phones.example.com.',
  },
  redirectFailed: {
    code: 32219,
    status: 502,
    alert: 'error',
    message:
      'The call to {to} failed: {peer} redirected it and the redirection was not followed. {problem}',
  },
  conversationAttributes: {
    code: 32501,
    status: 400,
    alert: 'error',
    message: '<Connect><Conversation>: {problem}',
  },

  // Ours. Each has a page docs/errors/<code>.md, served by the server.
  conductorNotFound: {
    code: 75001,
    status: 400,
    alert: 'error',
    message: 'Conductor not found: {given} ({parameter}) is no Conductor of this account. {hint}',
  },
  wrongKindOfSid: {
    code: 75002,
    status: 400,
    alert: 'error',
    message: 'Wrong kind of SID: {parameter} takes {expected}, and {given} is {givenKind}.',
  },
  conductorOfOtherConversation: {
    code: 75003,
    status: 409,
    alert: 'error',
    message: 'Conductor {given} belongs to Conversation {actual}, not to {wanted}. {hint}',
  },
  sidMismatch: {
    code: 75004,
    status: 409,
    alert: 'error',
    message:
      'SID mismatch: Application {application} and Conductor {conductor} are not bound to each other. {hint}',
  },
  conductorClosed: {
    code: 75005,
    status: 409,
    alert: 'error',
    message:
      'Conductor {given} is closed, because its Conversation {conversation} is. Use a Conductor of an open Conversation.',
  },
  conductorBusy: {
    code: 75006,
    status: 409,
    alert: 'error',
    message: 'Conductor {given}: {problem}',
  },
  malformedSid: {
    code: 75007,
    status: 400,
    alert: 'error',
    message: 'Invalid SID in {parameter}: {given}. {explanation}',
  },
  placeholderSid: {
    code: 75008,
    status: 400,
    alert: 'error',
    message: 'Placeholder in {parameter}: {given}. {explanation}',
  },
  conductorNameTaken: {
    code: 75009,
    status: 409,
    message: 'A Conductor with the UniqueName {given} already exists in this service: {sid}.',
  },
  unknownParameter: {
    code: 75010,
    status: 400,
    alert: 'warning',
    message: 'Nobody reads the parameter {given} of {operation}.{suggestion}',
  },
  sayVoiceUnknown: {
    code: 13511,
    status: 400,
    alert: 'warning',
    message:
      '{engine} has no voice "{voice}", so the words were said in that of the language, {language}. Use man, woman or alice, or set TUTTI_SPEECH_URL to a service that has it.',
  },
  speechEngineMissing: { code: 75011, status: 400, alert: 'error', message: '{problem}' },
  noRouteToNumber: {
    code: 75012,
    status: 400,
    alert: 'error',
    message:
      'The call to {to} could not leave: no SIP trunk is set and no virtual phone of that number is open. Set TUTTI_SIP_TRUNK=sip:host:port, or open a phone: tutti phone {to}',
  },
  emailProxyIsPhone: {
    code: 75013,
    status: 200,
    alert: 'warning',
    message:
      'Participant {sid}: the address {address} is an e-mail address and its proxy address {proxy} a phone number. Mail cannot be sent from a phone number; give an e-mail address of yours as MessagingBinding.ProxyAddress.',
  },
  callLost: {
    code: 75014,
    status: 500,
    alert: 'error',
    message: 'Call {sid} was {status} when the server stopped, so it ended then.',
  },
  callNotBound: {
    code: 75015,
    status: 400,
    alert: 'error',
    message: 'Call {sid} was not bound: {problem}',
  },
  nobodyAtAddress: {
    code: 75017,
    status: 404,
    alert: 'error',
    message:
      'A call from {from} to {to} was refused: {to} is no number of this server, no proxy address of a voice binding of {from}, and no proxy address of a Conductor. Create the number, or bind a participant with VoiceBinding.Address={from} and VoiceBinding.ProxyAddress={to}.',
  },
  sipDomainWithoutInstructions: {
    code: 75018,
    status: 404,
    alert: 'error',
    message:
      'A call from {from} to {to} was refused: SIP domain {sid} has no VoiceUrl. Set one: POST /2010-04-01/Accounts/{account}/SIP/Domains/{sid}.json',
  },
  numberWithoutInstructions: {
    code: 75018,
    status: 404,
    alert: 'error',
    message:
      'A call from {from} to {to} was refused: number {sid} has neither VoiceUrl nor VoiceApplicationSid with one. Set one: POST /2010-04-01/Accounts/{account}/IncomingPhoneNumbers/{sid}.json',
  },
  noVoiceBinding: {
    code: 75019,
    status: 400,
    message:
      'Participant {sid} has no voice binding, so there is nothing to call. Add one: POST /v1/Conversations/{conversation}/Participants/{sid} with VoiceBinding.Address and VoiceBinding.ProxyAddress.',
  },
  fetchAddressRefused: {
    code: 75020,
    status: 502,
    alert: 'error',
    message: 'The request to {url} was not made. {problem}',
  },
  deliveryUnderWay: {
    code: 75022,
    status: 409,
    message:
      'Delivery {id} is under way: {attempts} attempts were made so far, and it is not given up. Only what is done or failed can be sent again.',
  },
  receiverDown: {
    code: 75021,
    status: 502,
    alert: 'error',
    message:
      '{host} failed {count} times in a row, the last time for {url}: {problem} Nothing is sent to it but one try at a time, after pauses of up to a minute, until one succeeds. What is an hour old by then is given up; send it again with tutti replay.',
  },
  mediaFileLost: {
    code: 75025,
    status: 404,
    alert: 'error',
    message:
      'The file of {sid}{more} is gone from the directory media of the data directory; the record is there. Put the file back from a backup, or delete the message that carries it.',
  },
  recordingGap: {
    code: 75026,
    status: 200,
    alert: 'error',
    message:
      'The disk of the data directory did not keep up with recording {sid}: {seconds} s of it are lost, and silent in the file. Look for what else writes to that disk, or put the data directory on a faster one.',
  },
  recordingLost: {
    code: 75027,
    status: 200,
    alert: 'error',
    message:
      'Recording {sid} is lost, as it could not be kept: {problem}. Look whether the disk of the data directory is full, and whether the server may write to it.',
  },
  auditFinding: {
    code: 75040,
    status: 200,
    alert: 'warning',
    message: 'Audit {audit} found {rule}: {text} {fix}',
  },
  recordingFormat: {
    code: 75016,
    status: 406,
    message:
      'Recording {sid} can be had as WAV and MP3; {given} is not carried by this version of Tutti. Fetch {sid}.wav or {sid}.mp3.',
  },
  monoRecording: {
    code: 16113,
    status: 400,
    message:
      'Recording {sid} has one channel and cannot be had with two. Leave RequestedChannels out, and record with RecordingChannels=dual.',
  },
  parameterWithoutEffect: {
    code: 75016,
    status: 200,
    alert: 'warning',
    message: '{name} was given and has no effect in this version of Tutti. {problem}',
  },
  notCarried: {
    code: 75016,
    status: 400,
    message: '{name}={given} is not carried by this version of Tutti. {problem}',
  },
  resourceNotCarried: {
    code: 75016,
    status: 501,
    message: '{name} of a call are not carried by this version of Tutti. {problem}',
  },
} as const satisfies Record<string, CatalogueEntry>;

export type ErrorName = keyof typeof catalogue;

type Placeholders<T extends string> = T extends `${string}{${infer Name}}${infer Rest}`
  ? Name | Placeholders<Rest>
  : never;

/** What the message of `N` needs filled in. */
export type ErrorParameters<N extends ErrorName> = Readonly<
  Record<Placeholders<(typeof catalogue)[N]['message']>, string | number>
>;
