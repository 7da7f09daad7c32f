import autocannon from 'autocannon';

const CONNECTIONS = 32;
const SECONDS = 5;

/** Requests per second at 32 connections, after a warm-up. @throws Error for any answer that is not 2xx. */
export async function requestsPerSecond(request, seconds = SECONDS) {
  await autocannon({ ...request, connections: CONNECTIONS, duration: 1 });
  const result = await autocannon({ ...request, connections: CONNECTIONS, duration: seconds });
  if (result.non2xx > 0 || result.errors > 0) {
    throw new Error(
      `${request.url}: ${result.non2xx} answers were not 2xx, ${result.errors} failed`,
    );
  }
  return { perSecond: result.requests.average, p99Ms: result.latency.p99 };
}

export const form =
  'Author=bench&Body=The+parcel+left+the+house+this+morning.&Attributes=%7B%22n%22%3A1%7D';

export function createMessage(url, authorization) {
  return {
    url,
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', authorization },
    body: form,
  };
}
