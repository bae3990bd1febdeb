/** Server-sent events as the service writes them: each with one line of data, which is JSON. */

/** Ends with the stream; leaving the loop ends the request. */
export async function* readEvents<T>(response: Response): AsyncGenerator<T, void> {
  if (response.body === null) return;
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  let text = '';
  try {
    for (let chunk = await reader.read(); !chunk.done; chunk = await reader.read()) {
      text += decoder.decode(chunk.value, { stream: true });
      const events = text.split('\n\n');
      text = events.pop() ?? '';
      for (const event of events) {
        const data = /^data: (.*)$/m.exec(event)?.[1];
        if (data !== undefined) yield JSON.parse(data) as T;
      }
    }
  } finally {
    await reader.cancel();
  }
}
