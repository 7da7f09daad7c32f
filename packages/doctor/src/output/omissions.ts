import type { Omission } from '../examine-project.ts';
import type { Language } from '../texts/texts.ts';

const whole = { en: 'all keys', zh: '全部键' } as const;

/** What was not looked at, and what to do about it. */
export function tellOmission(omission: Omission, language: Language): string {
  const isEnglish = language === 'en';
  switch (omission.part) {
    case 'offline':
      return isEnglish
        ? 'Left out the live server and webhooks: --online looks at them, --url at one webhook.'
        : '没有检查服务器和 Webhook：--online 会检查它们，--url 检查一个 Webhook。';
    case 'centre':
    case 'server':
      return isEnglish
        ? `Could not look at ${omission.name}: ${omission.cannot}.`
        : `无法检查 ${omission.name}：${omission.cannot}。`;
    case 'credentials':
      return isEnglish
        ? 'Could not look at the live server: no variable has an account with its auth token, or with a key and its secret.'
        : '无法检查服务器：变量里没有账户及其 Auth Token，或账户、Key 及其 Secret。';
    case 'centre-empty': {
      const prefix = omission.prefix === '' ? whole[language] : omission.prefix;
      return isEnglish
        ? `${omission.name} has no keys under ${prefix}: check --prefix.`
        : `${omission.name} 在 ${prefix} 下没有键：请检查 --prefix。`;
    }
    case 'token-signature':
      return isEnglish
        ? `Not looked at who signed ${omission.name}: the secret of its API key is in no variable.`
        : `没有检查 ${omission.name} 的签名：变量里没有其 API Key 的 Secret。`;
    case 'sids':
      return isEnglish
        ? `Not looked up, since the server does not tell of their kind: ${omission.names.join(', ')}.`
        : `没有查询，服务器不提供这些种类：${omission.names.join('、')}。`;
    case 'signed-requests':
      return isEnglish
        ? 'Webhooks were asked without a signature only: no variable has the auth token.'
        : '只向 Webhook 发送了没有签名的请求：变量里没有 Auth Token。';
    case 'webhooks':
      return isEnglish
        ? `Of ${omission.all} webhooks only the first ${omission.looked} were asked.`
        : `${omission.all} 个 Webhook 中只检查了前 ${omission.looked} 个。`;
  }
}
