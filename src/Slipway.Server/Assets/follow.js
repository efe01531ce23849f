// Appends what comes to a growing log, and stays at its end while the reader is there.
const log = document.querySelector("pre[data-follow]");
const atEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 40;
const append = text => {
  const stay = atEnd();
  log.append(text);
  if (stay) log.scrollTop = log.scrollHeight;
};
const follow = async () => {
  log.scrollTop = log.scrollHeight;
  const answer = await fetch(log.dataset.follow);
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    append(value);
  }
  location.reload();
};
if (log) follow().catch(failure => append(`\n[the log cannot be followed: ${failure.message}; load the page again]\n`));
