// Writes the pictures in docs/images/ from a running service: `node scripts/write-screenshots.mjs http://127.0.0.1:3000`.
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const [base = 'http://127.0.0.1:3000'] = process.argv.slice(2);
const folder = fileURLToPath(new URL('../docs/images/', import.meta.url));
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
  ],
});

const desktop = { width: 1280, height: 860 };
const phone = { width: 390, height: 844 };
const query = '/?q=koopman+operator';
const chosen = '/like-these?why=true&like=dp-64b7228ce25e&like=dp-a4897badec85&dislike=dp-48d72dc107d8';

for (const [name, viewport, path, colorScheme] of [
  ['home-desktop', desktop, '/', 'light'],
  ['home-phone', phone, '/', 'light'],
  ['results-desktop', desktop, query, 'light'],
  ['like-these-desktop', desktop, chosen, 'light'],
  ['results-phone-dark', phone, query, 'dark'],
]) {
  const context = await browser.newContext({ viewport, colorScheme });
  const page = await context.newPage();
  await page.goto(base + path, { waitUntil: 'networkidle' });
  await page.screenshot({ path: `${folder}${name}.png` });
  await context.close();
}
await browser.close();
