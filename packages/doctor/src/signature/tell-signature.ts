import type { Language } from '../texts/texts.ts';
import type { SignatureDifference, SignatureExplanation } from './explain-signature.ts';
import type { SignatureCause } from './differences.ts';

/** What is told of one difference: what it is, and what to do. */
interface Told {
  readonly what: string;
  readonly fix: string;
}

type Telling = (difference: SignatureDifference) => Told;

interface Words {
  readonly missing: Told;
  readonly malformed: (given: string) => Told;
  readonly unexplained: (tried: number) => Told;
  readonly valid: (token: string) => string;
  readonly bears: string;
  readonly invalid: string;
  readonly signedUrl: string;
  readonly fix: string;
  readonly nothingWrong: string;
  readonly causes: Readonly<Record<SignatureCause, Telling>>;
}

const shown = (text: string): string => (text === '' ? '""' : text);

const english: Words = {
  missing: {
    what: 'The request has no X-Twilio-Signature.',
    fix: 'It comes from neither Twilio nor Tutti, or a proxy drops the header: let it through.',
  },
  malformed: (given) => ({
    what: `${given} is no signature: one is 28 characters of Base64, ending with =.`,
    fix: 'Copy the whole header; a shell takes characters away from what is not in quotation marks.',
  }),
  unexplained: (tried) => ({
    what: `It does not validate, and none of ${tried} changes of URL, body and token makes it.`,
    fix: 'Check that the token is that of the account which sent it (a subaccount signs with its own), that the body is the one received, and give --url as it is configured.',
  }),
  valid: (token) => `It validates with ${token}.`,
  bears: "Twilio's validator for Node bears with this; one that compares exactly does not:",
  invalid: 'It does not validate. It would, but for this:',
  signedUrl: 'signed URL',
  fix: 'what to do',
  nothingWrong:
    'A program that refuses it has another URL, body or token in hand than was given here: print what it passes to the validator.',
  causes: {
    token: ({ received, signed }) => ({
      what: `It is signed with ${signed}, not with ${received}.`,
      fix: `Validate with ${signed}, if that is an auth token; the secret of an API key never signs webhooks.`,
    }),
    scheme: ({ received, signed }) => ({
      what: `The URL that was signed begins with ${signed}, the one received with ${received}.`,
      fix: "A proxy ends TLS before the program: trust its X-Forwarded-Proto (Express: app.set('trust proxy', true)), or give the validator the public URL (twilio.webhook({ protocol: 'https' })).",
    }),
    port: ({ received, signed }) => ({
      what: `The URL was signed ${signed === '' ? 'without a port' : `with port ${signed.slice(1)}`}, and received ${received === '' ? 'without one' : `with ${received.slice(1)}`}.`,
      fix: 'Give the validator the URL as it is configured, not as the proxy or the container passes it on.',
    }),
    host: ({ received, signed }) => ({
      what: `The URL was signed with the host ${signed}, and received with ${received}.`,
      fix: 'The proxy or tunnel changes Host: let it keep the header, trust X-Forwarded-Host, or give the validator the public URL (twilio.webhook({ host })).',
    }),
    'request-line': ({ received, signed }) => ({
      what: `${shown(signed)} was asked for and signed, and the URL in hand has ${shown(received)}.`,
      fix: 'Build the URL from the request line as it came (Express: req.originalUrl, not req.url or req.path).',
    }),
    'path-prefix': ({ received, signed }) => ({
      what: `The path that was signed is ${signed}; the proxy passed ${received} on.`,
      fix: 'Put X-Forwarded-Prefix before the path that is validated, or let the proxy keep the path.',
    }),
    'trailing-slash': ({ received, signed }) => ({
      what: `The path was signed as ${shown(signed)} and received as ${shown(received)}.`,
      fix: 'Configure the URL just as the program is asked for it; a redirect or router adds or takes the slash.',
    }),
    'percent-encoding': ({ received, signed }) => ({
      what: `Characters are escaped in another way: signed as ${signed}, received as ${received}.`,
      fix: 'Validate the URL as it came on the wire, before anything parses and writes it again.',
    }),
    'query-order': ({ received, signed }) => ({
      what: `The query was signed as ${signed} and received as ${received}.`,
      fix: 'Something on the way sorts the query: validate the one that came on the wire.',
    }),
    'query-added': ({ received, signed }) => ({
      what: `The query ${received} was signed as ${shown(signed)}.`,
      fix: 'A proxy or the program adds to the query: take it away again before validating.',
    }),
    userinfo: ({ received, signed }) => ({
      what: `The URL was signed ${signed === '' ? 'without user and password' : `with ${signed}`}, and received ${received === '' ? 'without' : `with ${received}`}.`,
      fix: 'User and password of a configured URL are signed and travel as a header: validate the URL as it is configured.',
    }),
    fragment: ({ received }) => ({
      what: `The fragment ${received} is no part of what is signed.`,
      fix: 'Take it from the URL before validating.',
    }),
    'body-hash-dropped': () => ({
      what: 'The query parameter bodySHA256, which belongs to bodies of JSON, is missing from the URL.',
      fix: 'Validate the URL with its whole query (Express: req.originalUrl), by validateRequestWithBody with the raw body.',
    }),
    'json-as-form': () => ({
      what: 'The body is JSON and was taken for the parameters of a form.',
      fix: 'Of JSON only the URL is signed, and the body by bodySHA256: use validateRequestWithBody with the raw body, kept before express.json() parses it.',
    }),
    'body-reencoded': ({ received, signed }) => ({
      what: `The body was written anew before it got here: signed with ${signed}, received with ${received}.`,
      fix: 'Validate the raw body, before anything parses, decodes or prints it again.',
    }),
    'body-changed': ({ received, signed }) => ({
      what: `The body is not the one that was sent: its SHA-256 is ${received}, bodySHA256 says ${signed}.`,
      fix: 'Validate the raw bytes; if they are, somebody changed the body on the way.',
    }),
    'form-not-signed': () => ({
      what: 'Only the URL was signed, and not the parameters of the form.',
      fix: 'Twilio and Tutti sign them: something else sent this request. A GET carries its parameters in the URL.',
    }),
  },
};

const chinese: Words = {
  missing: {
    what: '请求没有 X-Twilio-Signature。',
    fix: '它既不来自 Twilio 也不来自 Tutti，或者代理丢掉了这个请求头：让代理放行。',
  },
  malformed: (given) => ({
    what: `${given} 不是签名：签名是 28 个 Base64 字符，以 = 结尾。`,
    fix: '请复制完整的请求头；在 shell 里要加引号。',
  }),
  unexplained: (tried) => ({
    what: `签名无效，对 URL、请求体和 Token 的 ${tried} 种改动都无法使它有效。`,
    fix: '请确认 Token 属于发出请求的账户(子账户用自己的 Token 签名)，请求体就是收到的那一份，并用 --url 给出配置的 URL。',
  }),
  valid: (token) => `用 ${token} 校验，签名有效。`,
  bears: 'Twilio 的 Node 校验器容许下面的差异，逐字比较的校验则不会：',
  invalid: '签名无效。除去下面的差异，它就有效：',
  signedUrl: '被签名的 URL',
  fix: '处理',
  nothingWrong:
    '如果程序拒绝了它，那么程序手里的 URL、请求体或 Token 与这里给出的不同：请打印传给校验函数的内容。',
  causes: {
    token: ({ received, signed }) => ({
      what: `签名用的是 ${signed}，而不是 ${received}。`,
      fix: `如果 ${signed} 是 Auth Token，就用它校验；API Key 的 Secret 从不用于 Webhook 签名。`,
    }),
    scheme: ({ received, signed }) => ({
      what: `被签名的 URL 以 ${signed} 开头，收到的以 ${received} 开头。`,
      fix: "TLS 在程序前面的代理处终止：信任 X-Forwarded-Proto(Express：app.set('trust proxy', true))，或把公开的 URL 交给校验函数(twilio.webhook({ protocol: 'https' }))。",
    }),
    port: ({ received, signed }) => ({
      what: `签名时 URL ${signed === '' ? '不带端口' : `带端口 ${signed.slice(1)}`}，收到时${received === '' ? '不带端口' : `带端口 ${received.slice(1)}`}。`,
      fix: '把配置的 URL 交给校验函数，而不是代理或容器转发的那个。',
    }),
    host: ({ received, signed }) => ({
      what: `签名时主机是 ${signed}，收到时是 ${received}。`,
      fix: '代理或隧道改了 Host：让它保留该请求头，或信任 X-Forwarded-Host，或把公开的 URL 交给校验函数(twilio.webhook({ host }))。',
    }),
    'request-line': ({ received, signed }) => ({
      what: `请求并签名的是 ${shown(signed)}，而手里的 URL 是 ${shown(received)}。`,
      fix: '用原样的请求行拼出 URL(Express：req.originalUrl，而不是 req.url 或 req.path)。',
    }),
    'path-prefix': ({ received, signed }) => ({
      what: `被签名的路径是 ${signed}，代理转发的是 ${received}。`,
      fix: '校验前把 X-Forwarded-Prefix 加到路径前面，或让代理保留路径。',
    }),
    'trailing-slash': ({ received, signed }) => ({
      what: `签名时路径是 ${shown(signed)}，收到时是 ${shown(received)}。`,
      fix: '配置的 URL 要与程序收到的完全一致；重定向或路由增减了斜杠。',
    }),
    'percent-encoding': ({ received, signed }) => ({
      what: `字符的转义不同：签名时是 ${signed}，收到时是 ${received}。`,
      fix: '校验线路上原样的 URL，不要先解析再重写。',
    }),
    'query-order': ({ received, signed }) => ({
      what: `签名时查询串是 ${signed}，收到时是 ${received}。`,
      fix: '途中有程序给查询串排序：请校验线路上原样的查询串。',
    }),
    'query-added': ({ received, signed }) => ({
      what: `查询串 ${received} 签名时是 ${shown(signed)}。`,
      fix: '代理或程序往查询串里加了东西：校验前去掉。',
    }),
    userinfo: ({ received, signed }) => ({
      what: `签名时 URL ${signed === '' ? '不带用户名和密码' : `带 ${signed}`}，收到时${received === '' ? '不带' : `带 ${received}`}。`,
      fix: '配置的 URL 里的用户名和密码参与签名，并以请求头发送：请校验配置的 URL。',
    }),
    fragment: ({ received }) => ({
      what: `片段 ${received} 不参与签名。`,
      fix: '校验前把它从 URL 去掉。',
    }),
    'body-hash-dropped': () => ({
      what: 'URL 里缺少查询参数 bodySHA256，JSON 请求体必须带它。',
      fix: '用完整的查询串(Express：req.originalUrl)和原始请求体调用 validateRequestWithBody。',
    }),
    'json-as-form': () => ({
      what: '请求体是 JSON，却被当作表单参数。',
      fix: '对 JSON 只签名 URL，请求体由 bodySHA256 保证：请在 express.json() 解析之前保留原始请求体，调用 validateRequestWithBody。',
    }),
    'body-reencoded': ({ received, signed }) => ({
      what: `请求体在到达之前被重新编码：签名时是 ${signed}，收到的是 ${received}。`,
      fix: '校验原始请求体，不要先解析、解码或重写。',
    }),
    'body-changed': ({ received, signed }) => ({
      what: `请求体不是发出的那一份：它的 SHA-256 是 ${received}，bodySHA256 是 ${signed}。`,
      fix: '请校验原始字节；如果已经是，那么途中有人改了请求体。',
    }),
    'form-not-signed': () => ({
      what: '只签名了 URL，没有签名表单参数。',
      fix: 'Twilio 和 Tutti 会签名它们：该请求由别的程序发出。GET 请求的参数在 URL 里。',
    }),
  },
};

const wordsOf: Readonly<Record<Language, Words>> = { en: english, zh: chinese };

/** An explanation as people read it. */
export function tellSignature(explanation: SignatureExplanation, language: Language): string {
  const words = wordsOf[language];
  const tell = ({ what, fix }: Told): string[] => [`  ${what}`, `      ${words.fix}: ${fix}`];
  if ('differences' in explanation) {
    const { verdict, differences, signedUrl, signedWith } = explanation;
    const isValid = verdict === 'valid';
    return [
      ...(isValid ? [words.valid(signedWith)] : [words.invalid]),
      ...(isValid && differences.length > 0 ? [words.bears] : []),
      ...differences.flatMap((each) => tell(words.causes[each.cause](each))),
      ...(differences.length > 0 ? [`${words.signedUrl}: ${signedUrl}`] : [words.nothingWrong]),
    ].join('\n');
  }
  const { what, fix } = whyNot(explanation, words);
  return `${what}\n  ${words.fix}: ${fix}`;
}

/** An explanation as programs read it. */
export function signatureToJson(explanation: SignatureExplanation, language: Language): object {
  const words = wordsOf[language];
  if (!('differences' in explanation)) {
    return {
      validates: false,
      verdict: explanation.verdict,
      ...whyNot(explanation, words),
      differences: [],
    };
  }
  const { verdict, differences, signedUrl, signedWith } = explanation;
  return {
    validates: verdict === 'valid',
    verdict,
    signed_url: signedUrl,
    signed_with: signedWith,
    differences: differences.map((each) => ({ ...each, ...words.causes[each.cause](each) })),
  };
}

function whyNot(
  explanation: Exclude<SignatureExplanation, { readonly signedUrl: string }>,
  words: Words,
): Told {
  if (explanation.verdict === 'missing') return words.missing;
  return explanation.verdict === 'malformed'
    ? words.malformed(explanation.given)
    : words.unexplained(explanation.tried);
}
