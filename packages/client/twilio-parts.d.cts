import type PageClass from 'twilio/lib/base/Page.js';
import type { TwilioResponsePayload } from 'twilio/lib/base/Page.js';
import type V1Class from 'twilio/lib/rest/conversations/V1.js';

declare namespace twilioParts {
  const Page: typeof PageClass;
  const V1: typeof V1Class;
  type V1 = V1Class;
  /** The JSON of a page. */
  type PagePayload = TwilioResponsePayload;
  /** The answer that a page is made from. */
  type PageAnswer = ConstructorParameters<typeof PageClass>[1];
  /** Calls `onModule(path, exports)` for each module of twilio that is loaded; paths as in `lib`. */
  function eachLoaded(onModule: (path: string, exported: unknown) => void): void;
}
export = twilioParts;
