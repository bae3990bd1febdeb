/** The page in a real browser over the real service: search, open, follow, go back; keyboard, phone, and states. */
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { hasBrowser, launchBrowser } from '../support/browser.ts';
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
      for (const path of ['/', '/?q=vision+transformers', '/papers/unknown']) {
        await small.goto(base + path, { waitUntil: 'networkidle' });
        expect(await small.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
        colours.add(await small.evaluate(() => getComputedStyle(document.documentElement).backgroundColor));
      }
      const [red = 0] = [...colours].join().match(/\d+/g)?.map(Number) ?? [];
      expect(red > 128).toBe(colorScheme === 'light');
      await phone.close();
    }
  });
});
