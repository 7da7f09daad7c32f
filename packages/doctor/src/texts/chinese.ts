import type { Prefixes } from '../code/sid-names.ts';
import { kindShown } from '../kind-names.ts';
import type { Texts } from './text.ts';

const secrets = {
  'auth-token': 'Auth Token',
  'key-secret': 'API Key 的 Secret',
  sid: 'SID',
} as const;

const givenSid = ({
  shown,
  kinds,
}: {
  readonly shown: string;
  readonly kinds: Prefixes;
}): string =>
  kinds.length > 0
    ? `是 ${kindShown(kinds)} ${shown}`
    : shown === ''
      ? '缺失'
      : `不是 SID(${shown})`;

const unreadable = {
  parts: '它没有三段',
  header: '头部不是 JSON',
  payload: '内容不是 JSON',
} as const;

/** Simplified Chinese; kinds of SID keep their English names, as users of Twilio know them. */
export const chinese: Texts = {
  'no-ambiguous-sid-name': ({ name, better }) => ({
    what: `名称 \`${name}\` 没有说明它是哪一种 SID。`,
    because: '里面放了另一种 SID 时，读代码的人看不出来。',
    fix: `按种类命名，例如 \`${better ?? 'conversationSid'}\`。`,
  }),
  'sid-kind-matches-parameter': ({ given, parameter, wanted }) => ({
    what: `\`${given.shown}\` 是 ${kindShown(given.kinds)}，而 \`${parameter}\` 需要 ${kindShown(wanted)}。`,
    because:
      given.kinds.includes('AP') && wanted.includes('CN')
        ? 'Application 只是语音通话的配置，不是桥接：请求会被拒绝(75002)；在 Twilio 上什么都不会绑定，也没有任何提示。'
        : '请求会被拒绝，或者指向了另一个资源。',
    fix: `请传入 ${kindShown(wanted)}。`,
  }),
  'no-dropped-twilio-parameter': ({ parameter, method, version, nearest, isTuttis }) => ({
    what: `twilio ${version} 的 \`${method}\` 不读取 \`${parameter}\`。`,
    because: isTuttis
      ? '该包会悄悄丢弃它：请求发出时不带此参数，什么都没有绑定，却报告成功。'
      : '该包会悄悄丢弃它：请求发出时不带此参数。',
    fix: isTuttis
      ? "用 `tutti run` 启动程序，或使用 '@tutti/client' 的客户端：两者都会发送它。Twilio 本身没有这个参数。"
      : nearest === undefined
        ? '删除它，或查看该方法接受哪些参数。'
        : `您是不是想写 \`${nearest}\`？`,
  }),
  'no-hard-coded-sid': ({ sid, variable }) => ({
    what: `${sid} 直接写在代码里。`,
    because: '代码只能用于一个账户，拿到代码的人也就拿到了 SID。',
    fix: `从环境变量读取：\`process.env.${variable}\`。`,
  }),
  'require-webhook-signature': ({ route }) => ({
    what: `Webhook \`${route}\` 没有校验请求签名。`,
    because: '任何知道该 URL 的人都能伪造呼叫和消息。',
    fix: '在处理函数前加上 `twilio.webhook()`，或在其中用 Auth Token 调用 `validateRequest`。',
  }),
  'no-placeholder-sid': ({ text }) => ({
    what: `${text} 是文档里的占位符。`,
    because: '它不指向任何资源：带着它的请求会被拒绝(75008)。',
    fix: '换成您自己的 SID，并从环境变量读取。',
  }),
  'sdk-credentials': ({ problem }) =>
    ({
      'key-without-account': {
        what: '客户端用 API Key 创建，却没有给出账户。',
        because: '该包把第一个参数当作账户：所有请求都会被拒绝(20003)。',
        fix: '同时给出账户：`twilio(apiKey, apiSecret, { accountSid })`。',
      },
      'token-signed-with-auth-token': {
        what: 'Access Token 是用 Auth Token 签名的。',
        because: 'Access Token 必须用其 API Key 的 Secret 签名：这个会被拒绝(20107)。',
        fix: '请传入创建 API Key 时显示的 Secret。',
      },
      'key-as-account': {
        what: 'Access Token 在账户的位置写了 API Key。',
        because: '该 Token 会被拒绝(20103)。',
        fix: '顺序是 `new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity })`。',
      },
    })[problem],
  'file-not-read': ({ reason }) => ({
    what: `无法解析该文件：${reason}。`,
    because: '其中的问题无法被发现。',
    fix: '修正它；如果不是代码，可以不管。',
  }),
  'env-wrong-kind': ({ variable, given, wanted }) => ({
    what: `${variable} 里是 ${kindShown(given.kinds)} ${given.shown}，而它的名称表示 ${kindShown(wanted)}。`,
    because: '读取它的程序会传入错误种类的 SID，请求会被拒绝或什么都没有绑定。',
    fix: `换成 ${kindShown(wanted)}，或按内容重新命名该变量。`,
  }),
  'env-swapped': ({ first, second }) => ({
    what: `${first} 与 ${second} 的值互换了。`,
    because: '两者都被传到了对方的位置，请求会被拒绝。',
    fix: '交换这两个值。',
  }),
  'env-placeholder': ({ variable, text }) => ({
    what: `${variable} 仍是占位符 ${text}。`,
    because: '它不指向任何资源，带着它的请求会被拒绝。',
    fix: '换成您自己的值。',
  }),
  'env-malformed-sid': ({ variable, reason }) => ({
    what: `${variable} 里不是 SID：${reason}`,
    because: '带着它的请求会被拒绝(75007)。',
    fix: '请重新复制完整的 SID。',
  }),
  'env-surrounded': ({ variable, by }) => ({
    what: `${variable} 的值两端带有${by === 'quotes' ? '引号' : '空白'}，它们成了值的一部分。`,
    because: '它们会一起被发送，SID 或密钥无法被识别。',
    fix: `去掉${by === 'quotes' ? '引号' : '空白'}。`,
  }),
  'env-secret-misplaced': ({ variable, holds, wanted }) => ({
    what: `${variable} 应当是 ${secrets[wanted]}，实际是 ${secrets[holds]}。`,
    because:
      wanted === 'key-secret'
        ? '用它签名的 Access Token 会被拒绝(20107)，用该 Key 的请求也一样。'
        : '带着它的请求会被拒绝(20003)。',
    fix: `请填入 ${secrets[wanted]}。`,
  }),
  'env-ambiguous-name': ({ variable, better }) => ({
    what: `名称 ${variable} 没有说明它是哪一种 SID。`,
    because: '里面放了另一种 SID 时不会被发现。',
    fix: `按种类命名，例如 ${better ?? 'CONVERSATION_SID'}。`,
  }),
  'token-malformed': ({ token, reason }) => ({
    what: `${token} 不是 JSON Web Token：${unreadable[reason]}。`,
    because: '在哪里使用都会被拒绝(20101)。',
    fix: '请复制完整的 Token：三段，以点号分隔。',
  }),
  'token-header': ({ token, field, given, wanted }) => ({
    what: `${token} 的头部 ${field} 是 ${given}，应为 ${wanted}。`,
    because: '该 Token 会被拒绝(20102)。',
    fix: "用 'twilio' 包的 AccessToken 生成，它会写好头部。",
  }),
  'token-party': ({ token, claim, given, wanted }) => ({
    what: `${token} 的 ${claim} ${givenSid(given)}，应为 ${kindShown(wanted)}。`,
    because: '该 Token 会被拒绝(20103)。',
    fix: '顺序是 `new AccessToken(accountSid, apiKeySid, apiKeySecret, { identity })`。',
  }),
  'token-time': ({ token, problem, at }) =>
    ({
      expired: {
        what: `${token} 已于 ${at} 过期。`,
        because: '它会被拒绝(20104)：客户端连不上，或者被断开。',
        fix: '在客户端请求时才生成 Token，并在旧的失效前换上新的。',
      },
      'not-yet': {
        what: `${token} 在 ${at} 之前无效。`,
        because: '在那之前会被拒绝(20105)。',
        fix: '校准生成 Token 的机器的时钟。',
      },
      endless: {
        what: `${token} 没有过期时间。`,
        because: '它会被拒绝(20101)。',
        fix: '设置有效期 `ttl`，最长 24 小时。',
      },
    })[problem],
  'token-life': ({ token, hours }) => ({
    what: `${token} 的有效期是 ${hours} 小时。`,
    because: '超过 24 小时会被拒绝(31207)。',
    fix: '把 `ttl` 设为 86400 秒以内。',
  }),
  'token-without-grant': ({ token, missing }) =>
    missing === 'grants'
      ? {
          what: `${token} 没有授予任何权限。`,
          because: '客户端哪里都进不去(20106)。',
          fix: '通话加 VoiceGrant，Conversations 加 ChatGrant。',
        }
      : {
          what: `${token} 没有 identity。`,
          because: '任何人都无法用它登录(20106)。',
          fix: '生成 Token 时传入 `{ identity }`。',
        },
  'token-grant': ({ token, grant, given, wanted }) => ({
    what: `${token} 的 ${grant} ${givenSid(given)}，应为 ${kindShown(wanted)}。`,
    because: '该权限会被拒绝(20106)，或者通话找不到 Application。',
    fix: `请填入 ${kindShown(wanted)}。`,
  }),
  'token-signature': ({ token, signedWith, secret, key }) =>
    ({
      'auth-token': {
        what: `${token} 是用 Auth Token(${secret})签名的。`,
        because: '它会被拒绝(20107)：Access Token 必须用其 API Key 的 Secret 签名。',
        fix: `请用 ${key} 的 Secret 签名。`,
      },
      'other-key': {
        what: `${token} 写的是 Key ${key}，签名用的 ${secret} 却属于另一个 Key。`,
        because: '它会被拒绝(20107)。',
        fix: 'Key 和 Secret 要取自同一处。',
      },
      unknown: {
        what: `${token} 写的是 Key ${key}，但不是用 ${secret} 签名的。`,
        because: '它会被拒绝(20107)，除非这里的 Secret 才是错的。',
        fix: '请用创建 Key 时显示的 Secret 签名；丢失后无法查回，只能新建一个 Key。',
      },
    })[signedWith],
  'token-capability': ({ token }) => ({
    what: `${token} 是旧式的 Capability Token。`,
    because: 'Voice SDK 2 及以后的版本和 Tutti 都会拒绝它。',
    fix: '改用带 VoiceGrant 的 AccessToken。',
  }),
  'live-credentials-refused': ({ account, server, status }) => ({
    what: `${server} 拒绝了 ${account} 的凭据(${status})。`,
    because: '程序的所有请求都会被拒绝(20003)。',
    fix: '账户和 Auth Token(或账户、Key 和 Secret)要取自同一处。',
  }),
  'live-sid-missing': ({ variable, given, server }) => ({
    what: `${variable} 里的 ${kindShown(given.kinds)} ${given.shown} 在 ${server} 的该账户里不存在。`,
    because: '带着它的请求会被拒绝(20404；Conductor 为 75001)。',
    fix: '换成存在的 SID；它可能属于另一个账户或服务器，或已被删除。',
  }),
  'live-no-conductors': ({ variable, server }) => ({
    what: `${variable} 里是 Conductor SID，而 ${server} 是 Twilio，它没有 Conductor。`,
    because: '什么都不会绑定，也没有任何提示：在那里 CN… 是 Connect App。',
    fix: '改为连接 Tutti(`--server`、TUTTI_URL)，或用别的方式把通话绑定到 Conversation。',
  }),
  'live-other-binding': ({ conductor, other, what, own }) => ({
    what: `${conductor} 里的 Conductor 属于另一个 ${what} ${own}，而不是 ${other} 里的那个。`,
    because:
      what === 'Conversation'
        ? '通话会进入那个 Conversation，或被拒绝(75003)。'
        : '两者一起传入会被拒绝(75004)。',
    fix:
      what === 'Conversation'
        ? '请使用该 Conversation 的 Conductor：GET /v1/Conversations/CH…/Conductors。'
        : '请使用该 Conductor 的 Application，或把 Conductor 改为这一个。',
  }),
  'live-application-without-url': ({ variable }) => ({
    what: `${variable} 里的 Application 没有 Voice URL。`,
    because: '转到它的通话没有指令。',
    fix: '设置它的 VoiceUrl。',
  }),
  'live-number-missing': ({ variable, number, server }) => ({
    what: `${variable} 里的 ${number} 不是 ${server} 上该账户的号码。`,
    because: '用它发起的通话和短信会被拒绝(21210、21606)，来电也收不到。',
    fix: '换成该账户的号码，或添加这个号码。',
  }),
  'live-number-unbound': ({ variable, number }) => ({
    what: `没有任何东西应答打给 ${number}(${variable})的电话。`,
    because:
      '它没有 Voice URL 和 Application，也没有 Conductor 或参与者以它为代理号码：来电会被拒绝。',
    fix: '设置号码的 VoiceUrl 或 VoiceApplicationSid，或把它绑定到 Conductor。',
  }),
  'endpoint-unreachable': ({ url, reason }) => ({
    what: `无法访问 ${url}：${reason}。`,
    because: '请求它的通话会转到备用 URL，或结束(11200)。',
    fix: '启动程序，并检查域名、端口和证书。',
  }),
  'endpoint-too-slow': ({ url, seconds }) => ({
    what: `${url} 在 ${seconds} 秒内没有应答。`,
    because: '不会再等：通话转到备用 URL，或结束(11200)。',
    fix: '先立即应答，耗时的事放在之后做。',
  }),
  'endpoint-slow': ({ url, seconds, limit }) => ({
    what: `${url} 用了 ${seconds} 秒才应答。`,
    because: `来电者在这段时间里什么都听不到；超过 ${limit} 秒通话就丢失了。`,
    fix: '先立即应答，耗时的事放在之后做。',
  }),
  'endpoint-status': ({ url, status }) => ({
    what: `${url} 对签名正确的请求返回 ${status}。`,
    because: '请求它的通话都会失败(11200)。',
    fix:
      status === 401 || status === 403
        ? '它用了另一个 Token，或校验的 URL 与配置的不同：`tutti signature explain` 会指出是哪一个。'
        : '请查看它的日志。',
  }),
  'endpoint-twiml': ({ url, code, problem }) => ({
    what: `${url} 返回的不是 TwiML：${problem}`,
    because: `通话会结束，或转到备用 URL(${code})。`,
    fix: '以 text/xml 返回 <Response>…</Response>。',
  }),
  'endpoint-twiml-warning': ({ url, code, problem }) => ({
    what: `${url} 的 TwiML 里有会被忽略的内容：${problem}`,
    because: `它会被略去，并有警告 ${code}。`,
    fix: '改正或删除它。',
  }),
  'endpoint-forgeable': ({ url, signature }) => ({
    what: `${url} 接受了${signature === 'missing' ? '没有签名' : '签名错误'}的请求。`,
    because: '任何知道该 URL 的人都能伪造呼叫和消息。',
    fix: '在处理函数前加上 `twilio.webhook()`，或在其中用 Auth Token 调用 `validateRequest`。',
  }),
};
