import { kindShown } from '../kind-names.ts';
import type { Prefixes } from '../code/sid-names.ts';
import type { Texts } from './text.ts';

const secrets = {
  'auth-token': 'an auth token',
  'key-secret': 'the secret of an API key',
  sid: 'a SID',
} as const;

const an = (kinds: Prefixes): string => {
  const name = kindShown(kinds);
  return `${/^[AEIO]/.test(name) ? 'an' : 'a'} ${name}`;
};

const givenSid = ({
  shown,
  kinds,
}: {
  readonly shown: string;
  readonly kinds: Prefixes;
}): string =>
  kinds.length > 0 ? `${an(kinds)}, ${shown}` : shown === '' ? 'missing' : `no SID, ${shown}`;

const unreadable = {
  parts: 'it has not three parts',
  header: 'its header is no JSON',
  payload: 'its payload is no JSON',
} as const;

export const english: Texts = {
  'no-ambiguous-sid-name': ({ name, better }) => ({
    what: `The name \`${name}\` does not say of what it is the SID.`,
    because: 'A SID of another kind in it is not seen by anybody who reads the code.',
    fix: `Call it by its kind, as \`${better ?? 'conversationSid'}\`.`,
  }),
  'sid-kind-matches-parameter': ({ given, parameter, wanted }) => ({
    what: `\`${given.shown}\` is ${an(given.kinds)}, and \`${parameter}\` takes ${an(wanted)}.`,
    because:
      given.kinds.includes('AP') && wanted.includes('CN')
        ? 'An application is the configuration of voice calls and no bridge: the call is refused (75002), and against Twilio nothing is bound and nothing says so.'
        : 'The request is refused, or it names another thing than is meant.',
    fix: `Pass ${an(wanted)}.`,
  }),
  'no-dropped-twilio-parameter': ({ parameter, method, version, nearest, isTuttis }) => ({
    what: `\`${method}\` of twilio ${version} does not read \`${parameter}\`.`,
    because: isTuttis
      ? 'The package drops it without a word: the request goes out without it, nothing is bound, and success is reported.'
      : 'The package drops it without a word: the request goes out without it.',
    fix: isTuttis
      ? "Start the program with `tutti run`, or take the client of '@tutti/client': both send it. Twilio itself has no such parameter."
      : nearest === undefined
        ? 'Remove it, or look up what the method takes.'
        : `Did you mean \`${nearest}\`?`,
  }),
  'no-hard-coded-sid': ({ sid, variable }) => ({
    what: `${sid} is written into the code.`,
    because: 'The code works with one account only, and whoever has the code has the SID.',
    fix: `Read it from the environment: \`process.env.${variable}\`.`,
  }),
  'require-webhook-signature': ({ route }) => ({
    what: `The webhook \`${route}\` does not check that requests are signed.`,
    because: 'Anybody who knows its URL can make calls and messages up.',
    fix: 'Put `twilio.webhook()` before the handler, or call `validateRequest` in it, with the auth token.',
  }),
  'no-placeholder-sid': ({ text }) => ({
    what: `${text} is a placeholder from documentation.`,
    because: 'It names nothing: a request with it is refused (75008).',
    fix: 'Put your own SID in its place, read from the environment.',
  }),
  'sdk-credentials': ({ problem }) =>
    ({
      'key-without-account': {
        what: 'The client is made with an API key and without the account.',
        because:
          'The package takes the first argument as the account: every request is refused (20003).',
        fix: 'Give the account too: `twilio(apiKey, apiSecret, { accountSid })`.',
      },
      'token-signed-with-auth-token': {
        what: 'The access token is signed with an auth token.',
        because:
          'Access tokens are signed with the secret of their API key: this one is refused (20107).',
        fix: 'Pass the secret that was shown when the API key was made.',
      },
      'key-as-account': {
        what: 'The access token names an API key where the account belongs.',
        because: 'The token is refused (20103).',
        fix: 'The order is `new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity })`.',
      },
    })[problem],
  'file-not-read': ({ reason }) => ({
    what: `The file cannot be parsed: ${reason}.`,
    because: 'What is wrong in it is not found.',
    fix: 'Mend it, or leave it if it is no code.',
  }),
  'env-wrong-kind': ({ variable, given, wanted }) => ({
    what: `${variable} holds ${an(given.kinds)}, ${given.shown}, and its name promises ${an(wanted)}.`,
    because:
      'What reads it passes the wrong kind of SID, and requests are refused or bind nothing.',
    fix: `Put ${an(wanted)} there, or name the variable by what it holds.`,
  }),
  'env-swapped': ({ first, second }) => ({
    what: `${first} and ${second} hold each other's values.`,
    because: 'Each is passed where the other belongs, and requests are refused.',
    fix: 'Swap the two values.',
  }),
  'env-placeholder': ({ variable, text }) => ({
    what: `${variable} is still the placeholder ${text}.`,
    because: 'It names nothing, and requests with it are refused.',
    fix: 'Put your own value in its place.',
  }),
  'env-malformed-sid': ({ variable, reason }) => ({
    what: `${variable} holds no SID: ${reason}`,
    because: 'Requests with it are refused (75007).',
    fix: 'Copy the whole SID again.',
  }),
  'env-surrounded': ({ variable, by }) => ({
    what: `The value of ${variable} has ${by === 'quotes' ? 'quotation marks' : 'blanks'} around it that belong to it.`,
    because: 'They are sent along, and the SID or secret is not recognised.',
    fix: `Take the ${by === 'quotes' ? 'quotation marks' : 'blanks'} away.`,
  }),
  'env-secret-misplaced': ({ variable, holds, wanted }) => ({
    what: `${variable} should hold ${secrets[wanted]} and holds ${secrets[holds]}.`,
    because:
      wanted === 'key-secret'
        ? 'Access tokens signed with it are refused (20107), and so are requests with the key.'
        : 'Requests with it are refused (20003).',
    fix: `Put ${secrets[wanted]} there.`,
  }),
  'env-ambiguous-name': ({ variable, better }) => ({
    what: `The name ${variable} does not say of what it is the SID.`,
    because: 'A SID of another kind in it is not noticed.',
    fix: `Call it by its kind, as ${better ?? 'CONVERSATION_SID'}.`,
  }),
  'token-malformed': ({ token, reason }) => ({
    what: `${token} is no JSON Web Token: ${unreadable[reason]}.`,
    because: 'It is refused wherever it is shown (20101).',
    fix: 'Copy the whole token, three parts with full stops between them.',
  }),
  'token-header': ({ token, field, given, wanted }) => ({
    what: `The header of ${token} has ${field} ${given}, and ${wanted} is expected.`,
    because: 'The token is refused (20102).',
    fix: "Make it with AccessToken of the package 'twilio', which writes the header.",
  }),
  'token-party': ({ token, claim, given, wanted }) => ({
    what: `${claim} of ${token} is ${givenSid(given)}, and ${an(wanted)} is expected.`,
    because: 'The token is refused (20103).',
    fix: 'The order is `new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity })`.',
  }),
  'token-time': ({ token, problem, at }) =>
    ({
      expired: {
        what: `${token} has expired, at ${at}.`,
        because: 'It is refused (20104): a client with it does not connect, or is disconnected.',
        fix: 'Make tokens when they are asked for, and give the client a new one before the old one ends.',
      },
      'not-yet': {
        what: `${token} is not valid before ${at}.`,
        because: 'It is refused until then (20105).',
        fix: 'Set the clock of the machine that makes the tokens.',
      },
      endless: {
        what: `${token} has no time at which it expires.`,
        because: 'It is refused (20101).',
        fix: 'Give it a life, `ttl`, of 24 hours at most.',
      },
    })[problem],
  'token-life': ({ token, hours }) => ({
    what: `${token} lives ${hours} hours.`,
    because: 'More than 24 hours are refused (31207).',
    fix: 'Make its `ttl` 86400 seconds or less.',
  }),
  'token-without-grant': ({ token, missing }) =>
    missing === 'grants'
      ? {
          what: `${token} grants nothing.`,
          because: 'The client is let in nowhere (20106).',
          fix: 'Add a VoiceGrant for calls, a ChatGrant for Conversations.',
        }
      : {
          what: `${token} names no identity.`,
          because: 'Nobody is let in with it (20106).',
          fix: 'Pass `{ identity }` when the token is made.',
        },
  'token-grant': ({ token, grant, given, wanted }) => ({
    what: `${grant} of ${token} is ${givenSid(given)}, and ${an(wanted)} is expected.`,
    because: 'The grant is refused (20106), or calls find no application.',
    fix: `Put ${an(wanted)} there.`,
  }),
  'token-signature': ({ token, signedWith, secret, key }) =>
    ({
      'auth-token': {
        what: `${token} is signed with the auth token (${secret}).`,
        because:
          'It is refused (20107): access tokens are signed with the secret of their API key.',
        fix: `Sign it with the secret of ${key}.`,
      },
      'other-key': {
        what: `${token} names the key ${key} and is signed with ${secret}, which is of another one.`,
        because: 'It is refused (20107).',
        fix: 'Take key and secret from the same place.',
      },
      unknown: {
        what: `${token} names the key ${key}, and ${secret} is not what it is signed with.`,
        because: 'It is refused (20107), unless the secret here is the wrong one.',
        fix: 'Sign with the secret that was shown when the key was made; a lost one cannot be looked up, so make another key.',
      },
    })[signedWith],
  'token-capability': ({ token }) => ({
    what: `${token} is a capability token, of the time before access tokens.`,
    because: 'Voice SDKs from version 2 on, and Tutti, refuse it.',
    fix: 'Make an AccessToken with a VoiceGrant in its place.',
  }),
  'live-credentials-refused': ({ account, server, status }) => ({
    what: `${server} refuses the credentials of ${account} (${status}).`,
    because: 'Every request of the program is refused (20003).',
    fix: 'Put account and auth token, or account, key and secret, from the same place there.',
  }),
  'live-sid-missing': ({ variable, given, server }) => ({
    what: `${variable} holds ${an(given.kinds)}, ${given.shown}, that the account has not at ${server}.`,
    because: 'Requests with it are refused (20404, or 75001 for a Conductor).',
    fix: 'Take the SID of one that is there; it may be of another account or server, or deleted.',
  }),
  'live-no-conductors': ({ variable, server }) => ({
    what: `${variable} holds a Conductor SID, and ${server} is Twilio, which has no Conductors.`,
    because: 'Nothing is bound, and nothing says so: CN… is a Connect App there.',
    fix: 'Run against Tutti (`--server`, TUTTI_URL), or bind calls to the Conversation in another way.',
  }),
  'live-other-binding': ({ conductor, other, what, own }) => ({
    what: `The Conductor in ${conductor} belongs to another ${what}, ${own}, than the one in ${other}.`,
    because:
      what === 'Conversation'
        ? 'Calls reach that Conversation, or are refused (75003).'
        : 'Given together they are refused (75004).',
    fix:
      what === 'Conversation'
        ? 'Take a Conductor of the Conversation: GET /v1/Conversations/CH…/Conductors.'
        : 'Take the application of the Conductor, or set the Conductor to this one.',
  }),
  'live-application-without-url': ({ variable }) => ({
    what: `The application in ${variable} has no voice URL.`,
    because: 'Calls that go to it have no instructions (21218, or they join the bridge alone).',
    fix: 'Set its VoiceUrl.',
  }),
  'live-number-missing': ({ variable, number, server }) => ({
    what: `${variable} holds ${number}, which is no number of the account at ${server}.`,
    because: 'Calls and messages from it are refused (21210, 21606), and none arrive.',
    fix: 'Take a number of the account, or add this one.',
  }),
  'live-number-unbound': ({ variable, number }) => ({
    what: `Nothing answers calls to ${number} (${variable}).`,
    because:
      'It has no voice URL and no application, and no Conductor and no participant has it as proxy address: callers are turned away.',
    fix: 'Set VoiceUrl or VoiceApplicationSid of the number, or bind it to a Conductor.',
  }),
  'endpoint-unreachable': ({ url, reason }) => ({
    what: `${url} cannot be reached: ${reason}.`,
    because: 'Calls that ask it go to the fallback URL, or end (11200).',
    fix: 'Start the program, and check name, port and certificate.',
  }),
  'endpoint-too-slow': ({ url, seconds }) => ({
    what: `${url} does not answer within ${seconds} s.`,
    because: 'No more is waited for: the call goes to the fallback URL, or ends (11200).',
    fix: 'Answer at once, and do what takes long afterwards.',
  }),
  'endpoint-slow': ({ url, seconds, limit }) => ({
    what: `${url} answers after ${seconds} s.`,
    because: `Callers hear nothing for so long, and after ${limit} s the call is lost.`,
    fix: 'Answer at once, and do what takes long afterwards.',
  }),
  'endpoint-status': ({ url, status }) => ({
    what: `${url} answers a request that is signed rightly with ${status}.`,
    because: 'Every call that asks it is refused (11200).',
    fix:
      status === 401 || status === 403
        ? 'It validates with another token, or with another URL than the configured one: `tutti signature explain` says which.'
        : 'Look into its log.',
  }),
  'endpoint-twiml': ({ url, code, problem }) => ({
    what: `${url} answers with no TwiML: ${problem}`,
    because: `The call ends, or goes to the fallback URL (${code}).`,
    fix: 'Answer with <Response>…</Response> as text/xml.',
  }),
  'endpoint-twiml-warning': ({ url, code, problem }) => ({
    what: `The TwiML of ${url} has something that is ignored: ${problem}`,
    because: `It is left out, with warning ${code}.`,
    fix: 'Correct it, or take it out.',
  }),
  'endpoint-forgeable': ({ url, signature }) => ({
    what: `${url} accepts a request ${signature === 'missing' ? 'without a signature' : 'with a wrong signature'}.`,
    because: 'Anybody who knows its URL can make calls and messages up.',
    fix: 'Put `twilio.webhook()` before the handler, or call `validateRequest` in it, with the auth token.',
  }),
};
