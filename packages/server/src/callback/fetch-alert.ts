import { alertText } from '../base/app-error.ts';
import { catalogue } from '../base/error-catalogue.ts';
import { alertedExchange, type AlertedExchange } from './alerted-exchange.ts';
import type { BadAnswer, CallbackAnswer } from './send.ts';
import type { Parameters } from './signature.ts';
import { shownUrl } from './target.ts';

/** What went wrong with an exchange: everything a Monitor Alert shows of it. */
export interface FetchAlert {
  readonly code: number;
  readonly level: 'error' | 'warning';
  readonly text: string;
  readonly exchange: AlertedExchange;
}

/** The alert for a request that came to no usable answer. */
export function failureAlert(
  asked: { readonly method: 'GET' | 'POST'; readonly url: string; readonly parameters: Parameters },
  answer: BadAnswer,
): FetchAlert {
  const url = shownUrl(answer.url);
  const sentences = [alertText(answer.errorName, { url, problem: answer.problem })];
  if (answer.attempts > 1) sentences.push(`It was tried ${answer.attempts} times.`);
  return exchangeAlert(asked, answer, {
    code: catalogue[answer.errorName].code,
    level: 'error',
    text: joined(sentences),
  });
}

/** The alert `what` about the exchange that `asked` began and `answer` ended. */
export function exchangeAlert(
  asked: { readonly method: 'GET' | 'POST'; readonly url: string; readonly parameters: Parameters },
  answer: CallbackAnswer,
  what: Pick<FetchAlert, 'code' | 'level' | 'text'>,
): FetchAlert {
  const url = shownUrl(asked.url);
  return {
    ...what,
    text: answer.redirected ? joined([what.text, `${url} redirected there.`]) : what.text,
    exchange: alertedExchange(asked, answer),
  };
}

/** One warning for each connection override that was not used. */
export function overrideAlerts(
  asked: { readonly method: 'GET' | 'POST'; readonly url: string; readonly parameters: Parameters },
  answer: CallbackAnswer,
): readonly FetchAlert[] {
  return answer.warnings.map(({ code, text }) =>
    exchangeAlert(asked, answer, {
      code,
      level: 'warning',
      text: `${shownUrl(asked.url)}: ${text}`,
    }),
  );
}

function joined(sentences: readonly string[]): string {
  return sentences.map((each) => (/[.?!]$/.test(each) ? each : `${each}.`)).join(' ');
}
