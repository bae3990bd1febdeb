/** The page in a real browser over the real service: search, open, follow, go back; keyboard, phone, and states. */
import { createClient } from '@paperkin/client';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
import { API_KEYS, KEYS } from '../support/keys.ts';
import { openSeededApp, type SeededApp } from '../support/seeded.ts';

describe.skipIf(!hasBrowser && process.env['CI'] === undefined)('the page', () => {
  let seeded: SeededApp;
  let browser: Browser;
  let base: string;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    seeded = await openSeededApp();
    base = await seeded.app.listen({ host: '127.0.0.1', port: 0 });
    browser = await launchBrowser();
  });
  afterAll(async () => {
    await browser.close();
    await seeded.close();
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1280, height: 900 } });
    page = await context.newPage();
    complaints = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      // The browser's own line for an answer that is not 2xx is not the page's fault.
      if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
    });
  });
  afterEach(async () => {
    await context.close();
    expect(complaints).toEqual([]);
  });

  const titles = () => page.locator('ol.papers > li h2, ol.papers > li h3').allInnerTexts();
  const card = (place: number) => page.locator('ol.papers > li').nth(place);
  const taste = (place: number, name: 'More like this' | 'Less like this') => card(place).getByRole('button', { name });
  const chips = () => page.locator('.chip-title').allInnerTexts();
  const likeThese = () => page.getByRole('link', { name: 'Papers like these' });
  const search = async (text: string) => {
    await page.getByRole('searchbox', { name: 'Search papers' }).fill(text);
    await page.keyboard.press('Enter');
  };

  it('shows the latest papers first, with date and author count', async () => {
    await page.goto(base);
    await page.getByRole('heading', { name: 'Latest papers' }).waitFor();
    await page.locator('ol.papers > li').nth(19).waitFor();
    expect(await page.locator('ol.papers > li').first().textContent()).toMatch(/20\d\d[\s\S]*\d+ authors/);
    expect(await page.locator('footer').textContent()).toContain('409 papers');
  });

  it('tells feed readers where to subscribe to what it shows, and to nothing else', async () => {
    const feeds = () =>
      page.locator('head link[rel="alternate"]').evaluateAll((links) => links.map((link) => link.getAttribute('href') ?? ''));
    await page.goto(`${base}/?q=diffusion&from=2022`);
    await card(0).waitFor();
    const query = 'q=diffusion&mode=hybrid&from=2022';
    expect(await feeds()).toEqual([`/v1/feeds/search.atom?${query}`, `/v1/feeds/search.json?${query}`]);
    await page.goto(`${base}/like-these?q=diffusion&like=dp-0e9d231d5629&dislike=dp-64b7228ce25e`);
    await card(0).waitFor();
    const picks = 'q=diffusion&like=dp-0e9d231d5629&dislike=dp-64b7228ce25e';
    expect(await feeds()).toEqual([`/v1/feeds/recommend.atom?${picks}`, `/v1/feeds/recommend.json?${picks}`]);
    for (const path of await feeds()) expect((await fetch(base + path)).status).toBe(200);
    await page.goto(base);
    await card(0).waitFor();
    expect(await feeds()).toEqual([]);
  });

  it('refines by year and category, says why, and keeps both in the address', async () => {
    await page.goto(`${base}/?q=diffusion`);
    await page.getByText('Refine', { exact: true }).click();
    await page.getByLabel('From year').fill('2022');
    await page.getByLabel('To year').fill('2023');
    await page.getByLabel('Say why').check();
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.waitForURL(/from=2022&to=2023&why=true/);
    await page.locator('ol.papers mark').first().waitFor();
    const cards = await page.locator('ol.papers > li').allInnerTexts();
    expect(cards.length).toBeGreaterThan(0);
    for (const card of cards) expect(card).toMatch(/202[23]/);
    const marked = await page.locator('ol.papers > li').first().locator('mark').innerText();
    expect(marked.length).toBeGreaterThan(20);
    await page.reload();
    expect(await page.getByLabel('From year').inputValue()).toBe('2022');
    expect(await page.getByLabel('Say why').isChecked()).toBe(true);
    await page.getByLabel('From year').fill('1900');
    await page.getByLabel('To year').fill('1901');
    await page.getByRole('button', { name: 'Apply' }).click();
    await page.getByText('Nothing matches').waitFor();
  });

  it('searches, opens a paper, follows a similar paper and goes back to where it was', async () => {
    await page.goto(base);
    await search('exact diffusion inversion');
    await page.waitForURL(/\?q=exact/);
    const title = 'EDICT: Exact Diffusion Inversion via Coupled Transformations';
    const first = page.getByRole('link', { name: title, exact: true });
    await first.waitFor();
    expect((await titles())[0]).toBe(title);

    await first.click();
    await page.waitForURL(/\/papers\/dp-/);
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.locator('ol.papers > li').nth(9).waitFor();
    const related = await titles();
    expect(related).toHaveLength(10);
    expect(related).not.toContain(title);

    await page.locator('ol.papers > li').first().getByRole('link', { name: 'Similar papers' }).click();
    await page.getByRole('heading', { level: 1, name: related[0] ?? '', exact: true }).waitFor();

    await page.goBack();
    await page.getByRole('heading', { level: 1, name: title }).waitFor();
    await page.goBack();
    await first.waitFor();
    expect((await titles())[0]).toBe(title);
    expect(await page.getByRole('searchbox', { name: 'Search papers' }).inputValue()).toBe('exact diffusion inversion');
  });

  it('shows more on request, and a shared address shows the same', async () => {
    await page.goto(`${base}/?q=adversarial+robustness`);
    await page.locator('ol.papers > li').nth(19).waitFor();
    await page.getByRole('button', { name: 'Show more' }).click();
    await page.locator('ol.papers > li').nth(39).waitFor();
    const shown = await titles();
    const other = await context.newPage();
    await other.goto(page.url());
    await other.locator('ol.papers > li').nth(39).waitFor();
    expect(await other.locator('ol.papers > li h2').allInnerTexts()).toEqual(shown);
  });

  it('expands an abstract and tells assistive software so', async () => {
    await page.goto(`${base}/?q=koopman+operator`);
    const button = page.locator('ol.papers > li').first().getByRole('button', { name: 'abstract' });
    await button.waitFor();
    expect(await button.getAttribute('aria-expanded')).toBe('false');
    const abstract = page.locator('ol.papers > li').first();
    const before = (await abstract.boundingBox())?.height ?? 0;
    await button.click();
    expect(await button.getAttribute('aria-expanded')).toBe('true');
    expect((await abstract.boundingBox())?.height ?? 0).toBeGreaterThan(before);
  });

  it('can be used with the keyboard alone', async () => {
    await page.goto(`${base}/papers/unknown-id`);
    await page.getByRole('heading', { name: 'No such paper' }).waitFor();
    await page.keyboard.press('/');
    await page.keyboard.type('bilevel optimization');
    await page.keyboard.press('Enter');
    await page.locator('ol.papers > li').first().waitFor();
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.closest('ol.papers li h2') != null)) break;
    }
    await page.keyboard.press('Enter');
    await page.waitForURL(/\/papers\//);
    await page.getByRole('heading', { name: 'Similar papers' }).waitFor();
  });

  it('says where the model does not understand what is typed, and nothing where it does', async () => {
    await page.goto(`${base}/?q=${encodeURIComponent('глубокое обучение на графах')}`);
    await page.getByText('The model does not understand this text well').waitFor();
    await search('graph neural networks');
    await page.getByRole('heading', { name: 'Papers for graph neural networks' }).waitFor();
    await card(0).waitFor();
    expect(await page.getByText('The model does not understand').count()).toBe(0);
  });

  it('says so when the service fails, and recovers on retry', async () => {
    await page.goto(base);
    await page.route('**/v1/search*', (route) => route.abort());
    await search('anything');
    await page.getByRole('alert').waitFor();
    await page.unroute('**/v1/search*');
    await page.getByRole('button', { name: 'Try again' }).click();
    await page.locator('ol.papers > li').first().waitFor();
  });

  it('fits a phone without scrolling sideways, in light and in dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const phone = await browser.newContext({ viewport: { width: 360, height: 740 }, colorScheme });
      const small = await phone.newPage();
      const colours = new Set<string>();
      const chosen = 'like=dp-60405e37808f&like=dp-64b7228ce25e&dislike=unknown';
      const paths = [
        '/',
        `/?q=vision+transformers&${chosen}`,
        `/like-these?q=vision+transformers&why=true&${chosen}`,
        '/papers/unknown',
      ];
      for (const path of paths) {
        await small.goto(base + path, { waitUntil: 'networkidle' });
        expect(await small.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
        colours.add(await small.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));
      }
      const [red = 0] = [...colours].join().match(/\d+/g)?.map(Number) ?? [];
      expect(red > 128).toBe(colorScheme === 'light');
      await phone.close();
    }
  });

  it('lists papers like two and unlike a third, none of these among them, at an address that says all', async () => {
    await page.goto(`${base}/?q=koopman+operator`);
    await card(2).waitFor();
    await page.getByRole('searchbox').fill('half a question');
    await taste(0, 'More like this').click();
    await taste(1, 'More like this').click();
    await taste(2, 'Less like this').click();
    expect(await taste(1, 'More like this').getAttribute('aria-pressed')).toBe('true');
    expect(await taste(2, 'More like this').getAttribute('aria-pressed')).toBe('false');
    await page.getByText('2 liked, 1 disliked').waitFor();
    expect(await page.getByRole('searchbox').inputValue()).toBe('half a question');
    const [liked = '', alsoLiked = '', disliked = ''] = await titles();
    await likeThese().click();
    await page.waitForURL(/\/like-these\?q=koopman\+operator&like=dp-\w+&like=dp-\w+&dislike=dp-\w+$/);
    await expect.poll(chips).toEqual([liked, alsoLiked, '“koopman operator”', disliked]);
    await page.getByRole('button', { name: 'Show more' }).click();
    await card(39).waitFor();
    const shown = await titles();
    for (const seed of [liked, alsoLiked, disliked]) expect(shown).not.toContain(seed);

    const other = await context.newPage();
    await other.goto(page.url());
    await other.locator('ol.papers > li').nth(39).waitFor();
    expect(await other.locator('ol.papers > li h2').allInnerTexts()).toEqual(shown);
    await page.goBack();
    await page.getByRole('heading', { level: 1, name: 'koopman operator' }).waitFor();
    expect(await taste(2, 'Less like this').getAttribute('aria-pressed')).toBe('true');
  });

  it('keeps a list of recommendations still while more is chosen in it, then updates it, and goes back', async () => {
    await page.goto(`${base}/like-these?like=dp-64b7228ce25e&like=dp-60405e37808f`);
    await card(19).waitFor();
    const first = await titles();
    await taste(0, 'More like this').click();
    await taste(3, 'Less like this').click();
    await page.getByText('3 liked, 1 disliked').waitFor();
    expect(await chips()).toHaveLength(2);
    expect(await titles()).toEqual(first);
    await page.getByRole('button', { name: 'Update the list' }).click();
    await expect.poll(titles).not.toContain(first[0]);
    const second = await titles();
    expect(second).not.toContain(first[3]);
    expect(await chips()).toHaveLength(4);

    await page.getByRole('button', { name: `Remove ${first[0]}` }).click();
    await expect.poll(titles).toContain(first[0]);
    expect(await chips()).toHaveLength(3);
    await page.goBack();
    await expect.poll(titles).toEqual(second);
    await page.goBack();
    await expect.poll(titles).toEqual(first);
    expect(await chips()).toHaveLength(2);
  });

  it('keeps what is chosen on a paper when going back to the list that led to it', async () => {
    await page.goto(`${base}/?q=koopman+operator`);
    await card(0).getByRole('link').first().click();
    await page.waitForURL(/\/papers\//);
    await page.getByRole('article').first().getByRole('button', { name: 'More like this' }).click();
    await page.goBack();
    await expect.poll(() => taste(0, 'More like this').getAttribute('aria-pressed')).toBe('true');
    await likeThese().click();
    await page.getByRole('heading', { name: 'Papers like these' }).waitFor();
    await card(19).waitFor();
    expect(await chips()).toHaveLength(2);
    const first = await titles();
    await card(1).getByRole('link').first().click();
    await page.waitForURL(/\/papers\//);
    await page.getByRole('article').first().getByRole('button', { name: 'Less like this' }).click();
    await page.goBack();
    await expect.poll(titles).toEqual(first);
    expect(await taste(1, 'Less like this').getAttribute('aria-pressed')).toBe('true');
    await page.getByRole('button', { name: 'Update the list' }).click();
    await expect.poll(titles).not.toContain(first[1]);
    expect(await chips()).toHaveLength(3);
  });

  it('leads who only dislikes, or likes what is not there, to a paper to like', async () => {
    await page.goto(`${base}/?q=diffusion`);
    await taste(0, 'Less like this').click();
    await page.getByText('Choose “More like this” on a paper too').waitFor();
    expect(await likeThese().count()).toBe(0);
    await taste(0, 'More like this').click();
    await likeThese().waitFor();
    await page.goto(`${base}/like-these?dislike=dp-64b7228ce25e`);
    await page.getByText('Only what you dislike is chosen').waitFor();
    // Far more than an address has room for.
    const unknown = Array.from({ length: 120 }, (_, i) => `like=unknown-${i}`).join('&');
    await page.goto(`${base}/like-these?${unknown}`);
    await page.getByText('None of the liked papers is here').waitFor();
    expect(await chips()).toHaveLength(50);
    await page.goto(`${base}/?q=diffusion&${unknown}`);
    await page.getByText('There is no room for more').waitFor();
    await taste(0, 'More like this').click({ force: true });
    expect(await taste(0, 'More like this').getAttribute('aria-pressed')).toBe('false');
  });

  it('says what each of the choice gave to a paper, within a refinement, and which of it is unknown', async () => {
    await page.goto(`${base}/like-these?like=dp-64b7228ce25e&like=unknown&dislike=dp-60405e37808f`);
    await page.getByText('Passed over, being unknown here: unknown').waitFor();
    await page.getByText('Refine', { exact: true }).click();
    await page.getByLabel('From year').fill('2024');
    await page.getByLabel('Say why').check();
    await page.getByRole('button', { name: 'Apply' }).click();
    const marks = page.locator('ol.papers > li mark');
    await marks.first().waitFor();
    const parts = card(0).getByRole('list', { name: 'What each of your choice gives to the score' }).locator('li');
    expect(await parts.count()).toBe(2);
    expect(await parts.nth(0).innerText()).toMatch(/^Information Shapes Koopman Representation\s+0\.\d\d$/);
    for (const one of await page.locator('ol.papers > li').allInnerTexts()) expect(one).toMatch(/202[456]/);
    expect(await marks.count()).toBe(await page.locator('ol.papers > li').count());
    // A sentence from further down is brought up, and the whole abstract is there on request.
    const cut = page.locator('ol.papers > li', { has: page.locator('.abstract', { hasText: /^… / }) }).first();
    await cut.getByRole('button', { name: 'Full abstract' }).click();
    expect(await page.locator('.abstract:not(.abstract-clamped) mark').count()).toBe(1);
  });

  it('chooses by the keyboard, which keeps its place', async () => {
    await page.goto(`${base}/?q=bilevel+optimization`);
    await card(2).waitFor();
    await page.keyboard.press('j');
    await page.keyboard.press('+');
    await page.keyboard.press('j');
    await page.keyboard.press('-');
    await page.keyboard.press('j');
    await page.keyboard.press('Tab');
    while (!(await page.evaluate(() => document.activeElement?.textContent === 'More like this'))) await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    await page.getByText('2 liked, 1 disliked').waitFor();
    await likeThese().focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Remove bilevel optimization', exact: true }).focus();
    await page.keyboard.press('Enter');
    await expect.poll(chips).toHaveLength(3);
    expect(await page.evaluate(() => document.activeElement?.closest('.chip') !== null)).toBe(true);
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toMatch(/^Remove /);
  });

  it('shows the versions of a work as one, and leaves out those of what was chosen', async () => {
    const abstract = 'Beavers fell trees to dam streams. The ponds behind their dams slow floods and shelter fish.';
    const work = { title: 'Dam building in beavers of the north', abstract, authors: ['Ada Lodge', 'Bea Creek'] };
    const versions = [
      { ...work, id: 'arxiv:2401.00001' },
      { ...work, id: 'doi:10.1234/beavers', venue: 'Rivers' },
    ];
    await createClient({ baseUrl: base }).papers.post(versions, { wait: true });
    await page.goto(`${base}/?q=beavers`);
    await page.getByRole('link', { name: work.title }).waitFor();
    expect(await page.getByRole('link', { name: work.title }).count()).toBe(1);
    await card(0).getByRole('link', { name: 'arxiv:2401.00001' }).click();
    await page.getByText('other versions of this paper').getByRole('link', { name: 'doi:10.1234/beavers' }).waitFor();
    await page.getByRole('article').first().getByRole('button', { name: 'More like this' }).click();
    await likeThese().click();
    await page.getByText('other versions of what you chose').getByRole('link', { name: 'doi:10.1234/beavers' }).waitFor();
    expect(await titles()).not.toContain(work.title);
  });

  it('asks for a key where the service does, says when it is wrong, and keeps a right one for the tab', async () => {
    const locked = await openSeededApp({ API_KEYS });
    try {
      const url = await locked.app.listen({ host: '127.0.0.1', port: 0 });
      await page.goto(url);
      const useKey = async (key: string) => {
        await page.getByLabel('Key', { exact: true }).last().fill(key);
        await page.getByRole('button', { name: 'Use it' }).click();
      };
      await page.getByText('Papers are shown to those who have a key').waitFor();
      await useKey('pk_wrong');
      await page.getByText('is not known here').waitFor();
      await useKey(KEYS.read);
      await page.locator('ol.papers > li').nth(19).waitFor();
      expect(await page.locator('footer').textContent()).toContain('409 papers');
      await search('koopman operator');
      await page.locator('ol.papers > li').nth(9).waitFor();
      // Another tab asks again.
      const other = await context.newPage();
      await other.goto(url);
      await other.getByText('Papers are shown to those who have a key').waitFor();
    } finally {
      await locked.close();
    }
  });
});
