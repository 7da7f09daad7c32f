import { attributeTable, readAttributes } from './attributes.ts';
import type { AttributeTable } from './attributes.ts';
import type { Element } from './element.ts';
import type { Warnings } from './warnings.ts';

/** What Twilio has and a server of one's own does not. */
export interface Uncarried {
  readonly name: string;
  /** Twilio's error for it. */
  readonly code: 13258 | 13750 | 13803;
  /** Completes the sentence "`<Pay>` …". */
  readonly problem: string;
}

/** A verb that cannot be carried out: the document stops there. */
export interface UnsupportedVerb extends Uncarried {
  readonly verb: 'Unsupported';
  readonly line: number;
}

/** A noun that cannot be carried out: the document stops there. */
export interface UnsupportedNoun extends Uncarried {
  readonly noun: 'Unsupported';
}

/** Elements of one place that are known and not carried. */
export interface UncarriedElements {
  readonly names: readonly string[];
  /** Undefined: it is none of them. What is wrong with its attributes is warned of all the same. */
  readonly read: (element: Element, warnings: Warnings) => Uncarried | undefined;
}

interface Row {
  readonly problem: string;
  readonly attributes?: readonly string[];
  readonly code?: Uncarried['code'];
}

// Twilio: api/errors/13750, the verb is not supported by this version of the API.
const NOT_SUPPORTED = 13750;

function elements(rows: Readonly<Record<string, Row>>): UncarriedElements {
  const tables = new Map<string, AttributeTable<Record<string, never>>>(
    Object.entries(rows).map(([name, { attributes = [] }]) => [
      name,
      attributeTable({}, attributes),
    ]),
  );
  return {
    names: Object.keys(rows),
    read: (element, warnings) => {
      const row = rows[element.name];
      const table = tables.get(element.name);
      if (row === undefined || table === undefined) return undefined;
      readAttributes(element, table, warnings);
      return { name: element.name, code: row.code ?? NOT_SUPPORTED, problem: row.problem };
    },
  };
}

const callbacks = ['statusCallback', 'statusCallbackMethod'];
const dialled = ['url', 'method', ...callbacks, 'statusCallbackEvent'];

/** Verbs. Source: Twilio: voice/twiml. */
export const uncarriedVerbs = elements({
  Echo: { problem: 'is a test verb of Twilio’s own' },
  Pay: {
    problem: 'takes payments through Twilio’s payment connectors',
    attributes: [
      'action',
      'bankAccountType',
      'chargeAmount',
      'currency',
      'description',
      'input',
      'language',
      'maxAttempts',
      'minPostalCodeLength',
      'paymentConnector',
      'paymentMethod',
      'postalCode',
      'securityCode',
      ...callbacks,
      'timeout',
      'tokenType',
      'validCardTypes',
    ],
  },
  Prompt: {
    problem: 'belongs to <Pay>, which takes payments through Twilio’s payment connectors',
    attributes: ['for', 'attempt', 'cardType', 'errorType', 'requireMatchingInputs'],
  },
  Queue: {
    problem: 'has its place inside <Dial>',
    attributes: ['url', 'method', 'reservationSid', 'postWorkActivitySid'],
  },
  Sms: {
    problem: 'sends by Twilio’s carriers; send a message by the API instead',
    attributes: ['to', 'from', 'action', 'method', 'statusCallback'],
    code: 13803,
  },
});

/** Nouns of `<Dial>`. Source: Twilio: voice/twiml/dial#nouns. */
export const uncarriedDialNouns = elements({
  Sim: { problem: 'calls a SIM of Twilio’s mobile network', code: 13258 },
  WhatsApp: { problem: 'calls through Twilio’s contract with WhatsApp', attributes: dialled },
});

/** Nouns of `<Start>`. Source: Twilio: voice/twiml/start. */
export const uncarriedStartNouns = elements({
  Siprec: {
    problem: 'needs a connector of Twilio’s marketplace',
    attributes: ['name', 'connectorName', 'track', ...callbacks],
  },
});

/** Nouns of `<Connect>`. Source: Twilio: voice/twiml/connect#nouns. */
export const uncarriedConnectNouns = elements({
  AiSession: {
    problem: 'runs on a service of Twilio’s',
    attributes: ['aiConnector', 'aiSessionConfiguration'],
  },
  Assistant: { problem: 'runs on a service of Twilio’s' },
  Autopilot: { problem: 'ran on Twilio Autopilot, which has ended' },
  ConversationRelaySession: {
    problem: 'runs on a service of Twilio’s',
    attributes: ['connector', 'sessionConfiguration'],
  },
  Room: { problem: 'joins a room of Twilio Video', attributes: ['participantIdentity'] },
  VirtualAgent: {
    problem: 'needs a connector of Twilio’s to Dialogflow',
    attributes: ['connectorName', 'language', 'sentimentAnalysis', ...callbacks],
  },
});
