import { render } from 'preact';
import { App } from './app.tsx';
import { openHistoryMemory } from './history-memory.ts';
import './styles.css';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no #app element');
render(<App memory={openHistoryMemory()} />, root);
