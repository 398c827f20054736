// What the pages do without: moments in the operator's own time zone. Everything else is the
// server's, and htmx moves it.
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
  localize(document);
  document.addEventListener('htmx:load', (event) => localize(event.target));
})();
