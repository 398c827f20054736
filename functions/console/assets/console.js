// What the pages do without: moments in the operator's own time zone, and buttons that copy. All
// else is the server's, and htmx moves it.
(() => {
  const show = new Intl.DateTimeFormat(document.documentElement.lang, {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
    hourCycle: 'h23',
  });
  const localize = (root) => {
    for (const time of root.querySelectorAll('time[datetime]')) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      const words = show.format(at);
      if (time.hasAttribute('data-ago')) time.title = words;
      else { time.textContent = words; time.title = time.dateTime; }
    }
  };
  const offer = (root) => {
    for (const button of root.querySelectorAll('[data-copy]')) button.hidden = false;
  };
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    const words = button && document.getElementById(button.dataset.copy);
    if (!words) return;
    await navigator.clipboard.writeText(words.textContent.trim());
    button.textContent = button.dataset.copied;
  });
  // What an invitation's link carries stays in this browser until the form is sent.
  const invited = document.querySelector('[data-from-fragment]');
  if (invited && location.hash.length > 1) {
    invited.value = location.hash.slice(1);
    history.replaceState(null, '', location.pathname);
  }
  const begin = (root) => { localize(root); offer(root); };
  begin(document);
  // On a phone the menu is one line that scrolls.
  document.querySelector('.menu [aria-current]')?.scrollIntoView({ block: 'nearest', inline: 'center' });
  document.addEventListener('htmx:load', (event) => begin(event.target));
})();
