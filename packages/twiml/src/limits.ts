// Twilio: api/errors/11750.
export const MAX_DOCUMENT_BYTES = 64 * 1024;

// Twilio: api/errors/13521.
export const MAX_SAY_CHARACTERS = 4096;

// Twilio: voice/twiml/say/text-speech#break.
export const LONGEST_BREAK_MS = 10_000;

// Twilio: voice/twiml/say#loop, voice/twiml/play#loop. Zero asks for as many as there are.
export const MAX_LOOPS = 1000;

// Twilio: voice/twiml/dial#timeout.
export const MAX_DIAL_TIMEOUT_SEC = 600;

// Twilio: voice/twiml/dial#timelimit. The default is 4 hours; 24 hours is the most on request.
export const DEFAULT_DIAL_TIME_LIMIT_SEC = 14_400;
export const MAX_DIAL_TIME_LIMIT_SEC = 86_400;

// Twilio: voice/twiml/number. Numbers that ring at the same time.
export const MAX_DIAL_NOUNS = 10;

// Twilio: api/errors/13253.
export const MAX_SIP_HEADER_CHARACTERS = 1024;

// Twilio: voice/twiml/gather#maxspeechtime.
export const MAX_SPEECH_TIME_SEC = 60;

// No page sets these: they are far above any sensible document and bound the work on others.
export const MAX_DEPTH = 32;
export const MAX_ELEMENTS = 4000;
export const MAX_ATTRIBUTES_OF_ELEMENT = 100;
export const MAX_WARNINGS = 100;
export const LONGEST_PAUSE_SEC = 86_400;
export const LONGEST_RECORD_TIMEOUT_SEC = 86_400;
export const LONGEST_GATHER_TIMEOUT_SEC = 86_400;
export const MAX_GATHERED_DIGITS = 10_000;

// Twilio: voice/twiml/record#maxlength.
export const MAX_RECORDING_SEC = 14_400;
// Twilio: api/errors/13615.
export const MAX_TRANSCRIBED_SEC = 120;

// Twilio: api/errors/14205, voice/api/queue-resource.
export const MAX_QUEUE_NAME_CHARACTERS = 64;
export const MAX_QUEUE_SIZE = 5000;

// Twilio: voice/twiml/conference.
export const MAX_CONFERENCE_PARTICIPANTS = 250;
export const MAX_NAME_CHARACTERS = 128;

// Twilio: voice/twiml/dial#callreason.
export const MAX_CALL_REASON_CHARACTERS = 50;
