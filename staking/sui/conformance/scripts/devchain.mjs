// Uses a running development chain through Sui's own client, in both formats of grpc-web, as a program of a stranger would:
// reads, pays, publishes and calls the contracts, and looks at what comes back. Fails at the first thing that is not as on a
// Sui network.
//
//     node scripts/devchain.mjs setup.json
//
// setup.json: {url, floe: path of the program, dir: of the chain, wal, treasury, modules: of package floe in base64, dependencies}

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

import { bcs } from '@mysten/sui/bcs';
import { SuiGrpcClient } from '@mysten/sui/grpc';
import { Ed25519Keypair } from '@mysten/sui/keypairs/ed25519';
import { Inputs, Transaction } from '@mysten/sui/transactions';
import { deriveDynamicFieldID, normalizeStructTag, normalizeSuiAddress } from '@mysten/sui/utils';

const setup = JSON.parse(readFileSync(process.argv[2], 'utf8'));
const SUI = normalizeStructTag('0x2::sui::SUI');
const MIST = 1_000_000_000n;
const funds = 20n * MIST;
const walType = normalizeStructTag(`${setup.wal}::wal::WAL`);

for (const format of ['text', 'binary']) await run(format);

async function run(format) {
	const client = new SuiGrpcClient({ network: 'localnet', baseUrl: setup.url, format });
	const key = Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(format.length));
	const me = key.toSuiAddress();
	const step = async (name, work) => {
		try {
			return await work();
		} catch (error) {
			error.message = `${format}: ${name}: ${error.message}`;
			throw error;
		}
	};

	await step('the chain', () => theChain(client));
	await step('an account without coins', () => withoutCoins(client, key));
	execFileSync(setup.floe, ['devchain', 'faucet', '--dir', setup.dir, me, '--sui', String(funds / MIST), '--quiet']);
	await step('coins', () => coins(client, me));
	await step('a payment', () => payment(client, key));
	await step('WAL', () => mint(client, key));
	const floe = await step('publication', () => publication(client, key));
	const network = await step('the start of the contracts', () => start(client, key, floe));
	await step('objects', () => objects(client, me, floe, network));
	await step('dynamic fields', () => fields(client, network));
	await step('dynamic object fields', () => objectFields(client, key));
	await step('functions', () => functions(client, floe, network));
	await step('simulation', () => simulation(client, me, floe, network));
	await step('a transaction that fails', () => failure(client, key, floe, network));
	await step('what is refused', () => refusals(client, key));
	await step('a subscription', () => subscription(client, key));
}

async function theChain(client) {
	const { chainIdentifier } = await client.getChainIdentifier();
	assert.match(chainIdentifier, /^[1-9A-HJ-NP-Za-km-z]{43,44}$/);
	const { response: info } = await client.ledgerService.getServiceInfo({});
	assert.equal(info.chainId, chainIdentifier);
	assert.ok(info.checkpointHeight >= 0n && info.timestamp);
	assert.equal((await client.getReferenceGasPrice()).referenceGasPrice, '1000');
	const { systemState } = await client.getCurrentSystemState();
	assert.equal(systemState.epoch, '0');
	assert.equal(systemState.safeMode, false);
	const { protocolConfig } = await client.getProtocolConfig();
	assert.equal(protocolConfig.attributes.max_tx_size_bytes, String(128 * 1024));
	const { response: first } = await client.ledgerService.getCheckpoint({
		checkpointId: { oneofKind: 'sequenceNumber', sequenceNumber: 0n },
		readMask: { paths: ['sequence_number', 'digest', 'summary.total_network_transactions', 'transactions.digest'] },
	});
	assert.equal(first.checkpoint.digest, chainIdentifier);
	assert.equal(first.checkpoint.transactions.length, 1);
	assert.equal(first.checkpoint.summary.digest, undefined, 'only what was asked for');
}

async function withoutCoins(client, key) {
	const me = key.toSuiAddress();
	assert.equal((await client.getBalance({ owner: me })).balance.balance, '0');
	assert.deepEqual((await client.listCoins({ owner: me })).objects, []);
	const tx = new Transaction();
	tx.transferObjects([tx.splitCoins(tx.gas, [1])], me);
	tx.setSender(me);
	await assert.rejects(tx.build({ client }), /coins/);
}

async function coins(client, me) {
	assert.deepEqual((await client.getBalance({ owner: me })).balance, {
		balance: String(funds), coinType: SUI, coinBalance: String(funds), addressBalance: '0',
	});
	const { objects, hasNextPage } = await client.listCoins({ owner: me });
	assert.equal(objects.length, 1);
	assert.equal(hasNextPage, false);
	assert.equal(objects[0].balance, String(funds));
	assert.equal(objects[0].type, normalizeStructTag(`0x2::coin::Coin<${SUI}>`));
	assert.deepEqual(objects[0].owner, { $kind: 'AddressOwner', AddressOwner: me });
	const { balances } = await client.listBalances({ owner: me });
	assert.deepEqual(balances.map((b) => [b.coinType, b.balance]), [[SUI, String(funds)]]);
	const { coinMetadata } = await client.getCoinMetadata({ coinType: SUI });
	assert.equal(coinMetadata.decimals, 9);
}

// execute signs and sends, and reads what happened from the answer and from the chain.
async function execute(client, key, tx) {
	const include = { effects: true, events: true, balanceChanges: true, objectTypes: true, transaction: true, bcs: true };
	const result = await client.signAndExecuteTransaction({ transaction: tx, signer: key, include });
	const answer = result.Transaction ?? result.FailedTransaction;
	const later = await client.waitForTransaction({ result, include });
	const waited = later.Transaction ?? later.FailedTransaction;
	assert.equal(waited.digest, answer.digest);
	assert.deepEqual(waited.effects, answer.effects);
	assert.deepEqual(waited.events, answer.events);
	assert.deepEqual(waited.transaction, answer.transaction);
	assert.equal(waited.transaction.sender, key.toSuiAddress());
	// The effects in BCS, which Sui's own schema decodes, say the same as the fields.
	const effects = bcs.TransactionEffects.parse(waited.effects.bcs).V2;
	assert.equal(effects.transactionDigest, waited.digest);
	assert.equal(effects.lamportVersion, waited.effects.lamportVersion);
	assert.deepEqual(effects.gasUsed, waited.effects.gasUsed);
	assert.equal(effects.changedObjects.length, waited.effects.changedObjects.length);
	assert.equal(waited.status.success, effects.status.$kind === 'Success');
	assert.equal(bcs.TransactionData.parse(waited.bcs).V1.sender, key.toSuiAddress());
	return waited;
}

function succeeded(t) {
	assert.equal(t.status.success, true, t.status.error?.message);
	return t;
}

// created finds the only object of a type that a transaction made.
function created(t, type) {
	const found = t.effects.changedObjects.filter((o) => o.idOperation === 'Created' && (t.objectTypes[o.objectId] ?? '').endsWith(type));
	assert.equal(found.length, 1, `${found.length} objects of type ${type}`);
	return found[0];
}

async function payment(client, key) {
	const me = key.toSuiAddress();
	const other = normalizeSuiAddress('0x1234');
	const before = BigInt((await client.getBalance({ owner: other })).balance.balance);
	const tx = new Transaction();
	const [a, b] = tx.splitCoins(tx.gas, [1000, 2000]);
	tx.transferObjects([a], other);
	tx.transferObjects([b], me);
	const t = succeeded(await execute(client, key, tx));
	assert.equal(t.effects.changedObjects.length, 3);
	const change = Object.fromEntries(t.balanceChanges.map((c) => [c.address, BigInt(c.amount)]));
	const { computationCost, storageCost, storageRebate } = t.effects.gasUsed;
	assert.equal(change[other], 1000n);
	assert.equal(change[me], -1000n - BigInt(computationCost) - BigInt(storageCost) + BigInt(storageRebate));
	assert.equal(BigInt((await client.getBalance({ owner: other })).balance.balance), before + 1000n);
	// Pages: one coin each.
	const first = await client.listCoins({ owner: me, limit: 1 });
	const second = await client.listCoins({ owner: me, limit: 1, cursor: first.cursor });
	assert.equal(first.hasNextPage, true);
	assert.equal(second.objects[0].balance, '2000');
	assert.equal(second.hasNextPage, false);
	// The same bytes again: the same answer, nothing happens twice.
	const { response } = await client.ledgerService.getTransaction({ digest: t.digest, readMask: { paths: ['signatures', 'transaction.bcs'] } });
	const again = await client.executeTransaction({
		transaction: response.transaction.transaction.bcs.value,
		signatures: response.transaction.signatures.map((s) => Buffer.from(s.bcs.value).toString('base64')),
	});
	assert.equal(again.Transaction.digest, t.digest);
	assert.equal(BigInt((await client.getBalance({ owner: other })).balance.balance), before + 1000n);
}

async function mint(client, key) {
	const me = key.toSuiAddress();
	const tx = new Transaction();
	const coin = tx.moveCall({ target: `${setup.wal}::faucet::mint`, arguments: [tx.object(setup.treasury), tx.pure.u64(5n * MIST)] });
	tx.transferObjects([coin], me);
	const t = succeeded(await execute(client, key, tx));
	created(t, `::coin::Coin<${walType}>`);
	assert.equal((await client.getBalance({ owner: me, coinType: walType })).balance.balance, String(5n * MIST));
	assert.deepEqual((await client.listBalances({ owner: me })).balances.map((b) => b.coinType).sort(), [SUI, walType].sort());
	const treasury = t.transaction.inputs.find((i) => i.Object?.SharedObject);
	assert.equal(treasury.Object.SharedObject.mutable, true, 'the node found out that the function changes it');
}

async function publication(client, key) {
	const tx = new Transaction();
	const cap = tx.publish({ modules: setup.modules, dependencies: setup.dependencies });
	tx.transferObjects([cap], key.toSuiAddress());
	const t = succeeded(await execute(client, key, tx));
	const pkg = t.effects.changedObjects.find((o) => o.outputState === 'PackageWrite');
	assert.equal(t.objectTypes[pkg.objectId], 'package');
	assert.deepEqual(pkg.outputOwner, { $kind: 'Immutable', Immutable: true });
	return { id: pkg.objectId, upgradeCap: created(t, '::package::UpgradeCap').objectId, genesisCap: created(t, '::genesis::GenesisCap').objectId };
}

async function start(client, key, floe) {
	const tx = new Transaction();
	const call = (module, name, args) => tx.moveCall({ target: `${floe.id}::${module}::${name}`, arguments: args });
	const emergency = call('genesis', 'start', [
		tx.object(floe.genesisCap), tx.object(floe.upgradeCap), tx.pure.u16(10), tx.pure.u64(4_000_000_000_000),
		call('params', 'default_timing', []), call('params', 'default_economics', []), call('params', 'default_penalties', []),
		tx.pure.u64(1000), tx.pure.u64(1000), tx.pure.u64(1 << 30), tx.pure.u32(53), tx.pure.u64(20_000),
	]);
	tx.transferObjects([emergency], key.toSuiAddress());
	const t = succeeded(await execute(client, key, tx));
	const event = t.events.find((e) => e.eventType === `${floe.id}::genesis::NetworkStarted`);
	assert.equal(event.packageId, floe.id);
	assert.equal(event.module, 'genesis');
	assert.equal(event.json.n_shards, 10);
	const ids = bcs.struct('NetworkStarted', { system: bcs.Address, ledger: bcs.Address, staking: bcs.Address, nShards: bcs.u16(), firstStartMs: bcs.u64() }).parse(event.bcs);
	assert.equal(ids.system, event.json.system);
	assert.equal(ids.system, created(t, '::system::System').objectId);
	assert.equal(ids.firstStartMs, '4000000000000');
	return { ...ids, started: t };
}

async function objects(client, me, floe, network) {
	const { objects } = await client.getObjects({
		objectIds: [network.system, floe.id, '0x6', '0xdead'], include: { content: true, json: true, previousTransaction: true, objectBcs: true },
	});
	const [system, pkg, clock, missing] = objects;
	assert.equal(system.type, `${floe.id}::system::System`);
	assert.equal(system.owner.$kind, 'Shared');
	assert.equal(system.previousTransaction, network.started.digest);
	assert.equal(system.json.id, network.system);
	assert.equal(bcs.Object.parse(system.objectBcs).previousTransaction, system.previousTransaction);
	assert.deepEqual(bcs.Object.parse(system.objectBcs).data.Move.contents, system.content);
	assert.equal(pkg.type, 'package');
	assert.deepEqual(clock.owner, { $kind: 'Shared', Shared: { initialSharedVersion: '1' } });
	assert.ok(BigInt(clock.json.timestamp_ms) > 0n);
	assert.equal(missing.code, 'notExists');
	await assert.rejects(client.getObject({ objectId: '0xdead' }), /0xdead|not found/i);
	const owned = await client.listOwnedObjects({ owner: me, type: `${floe.id}::upgrade::EmergencyUpgradeCap` });
	assert.equal(owned.objects.length, 1);
	const generic = await client.listOwnedObjects({ owner: me, type: '0x2::coin::Coin' });
	assert.equal(generic.objects.length, 3); // two of SUI, one of WAL
}

async function fields(client, network) {
	const { dynamicFields } = await client.listDynamicFields({ parentId: network.staking, include: { value: true } });
	assert.ok(dynamicFields.length > 0);
	for (const field of dynamicFields) {
		assert.equal(field.fieldId, deriveDynamicFieldID(network.staking, field.name.type, field.name.bcs));
		assert.equal(field.$kind, 'DynamicField');
		const { dynamicField } = await client.getDynamicField({ parentId: network.staking, name: field.name });
		assert.deepEqual(dynamicField.value.bcs, field.value.bcs);
		assert.equal(dynamicField.value.type, field.valueType);
	}
}

async function objectFields(client, key) {
	const tx = new Transaction();
	const bag = tx.moveCall({ target: '0x2::object_bag::new' });
	const coin = tx.splitCoins(tx.gas, [42]);
	tx.moveCall({ target: '0x2::object_bag::add', typeArguments: ['u64', `0x2::coin::Coin<${SUI}>`], arguments: [bag, tx.pure.u64(7), coin] });
	tx.transferObjects([bag], key.toSuiAddress());
	const parentId = created(succeeded(await execute(client, key, tx)), '::object_bag::ObjectBag').objectId;
	const { dynamicFields } = await client.listDynamicFields({ parentId });
	assert.equal(dynamicFields.length, 1);
	const [field] = dynamicFields;
	assert.equal(field.$kind, 'DynamicObject');
	assert.equal(field.name.type, 'u64');
	assert.equal(bcs.u64().parse(field.name.bcs), '7');
	const { object } = await client.getDynamicObjectField({ parentId, name: field.name, include: { json: true } });
	assert.equal(object.objectId, field.childId);
	assert.equal(object.json.balance, '42');
	assert.deepEqual(object.owner, { $kind: 'ObjectOwner', ObjectOwner: field.fieldId });
}

async function functions(client, floe) {
	const { function: f } = await client.getMoveFunction({ packageId: floe.id, moduleName: 'system', name: 'reserve_space' });
	assert.equal(f.visibility, 'public');
	assert.equal(f.isEntry, false);
	assert.deepEqual(f.parameters.map((p) => p.reference), ['mutable', null, null, 'mutable', 'mutable']);
	assert.equal(f.parameters[0].body.datatype.typeName, `${floe.id}::system::System`);
	assert.equal(f.parameters[3].body.datatype.typeParameters[0].datatype.typeName, walType);
	await assert.rejects(client.getMoveFunction({ packageId: floe.id, moduleName: 'system', name: 'nothing' }), { code: 'NOT_FOUND' });
	const { response } = await client.movePackageService.getPackage({ packageId: floe.id });
	assert.ok(response.package.modules.some((m) => m.name === 'system' && m.functions.length > 0 && m.datatypes.length > 0));
	const versions = await client.movePackageService.listPackageVersions({ packageId: floe.id });
	assert.deepEqual(versions.response.versions.map((v) => v.version), [1n]);
}

async function simulation(client, me, floe, network) {
	const tx = new Transaction();
	tx.setSender(me);
	tx.moveCall({ target: `${floe.id}::system::reserve_cost`, arguments: [tx.object(network.system), tx.pure.u64(1 << 20), tx.pure.u32(2)] });
	const view = await client.simulateTransaction({ transaction: tx, checksEnabled: false, include: { commandResults: true, effects: true } });
	assert.equal(view.Transaction.status.success, true);
	assert.equal(bcs.u64().parse(view.commandResults[0].returnValues[0].bcs), '2000');
	// A kind alone, for somebody else to send and to pay for.
	const part = new Transaction();
	const [coin] = (await client.listCoins({ owner: me, coinType: walType, limit: 1 })).objects;
	part.transferObjects([part.object(coin.objectId)], me);
	const kind = bcs.TransactionKind.parse(await part.build({ client, onlyTransactionKind: true }));
	assert.equal(kind.ProgrammableTransaction.inputs[0].Object.ImmOrOwnedObject.digest, coin.digest);
	// With checks, from bytes that are complete.
	const bytes = await tx.build({ client });
	const checked = await client.simulateTransaction({ transaction: bytes, include: { effects: true, transaction: true, commandResults: true } });
	assert.equal(bcs.u64().parse(checked.commandResults[0].returnValues[0].bcs), '2000');
	assert.equal(checked.Transaction.status.success, true);
	assert.equal(checked.Transaction.effects.transactionDigest, await tx.getDigest({ client }));
	const system = checked.Transaction.transaction.inputs[0].Object.SharedObject;
	assert.equal(system.mutable, false, 'the node found out that the function only reads it');
}

async function failure(client, key, floe, network) {
	const me = key.toSuiAddress();
	const reserve = (system) => {
		const tx = new Transaction();
		tx.setSender(me);
		const coin = tx.moveCall({ target: '0x2::coin::zero', typeArguments: [walType] });
		const storage = tx.moveCall({ target: `${floe.id}::system::reserve_space`, arguments: [system(tx), tx.pure.u64(1), tx.pure.u32(1), coin] });
		tx.transferObjects([coin, storage], me);
		return tx;
	};
	// The network has no nodes yet. Who has the node look for gas learns that at once.
	await assert.rejects(reserve((tx) => tx.object(network.system)).build({ client }), /MoveAbort|abort/i);
	// Who says everything himself pays for it.
	const { object } = await client.getObject({ objectId: network.system });
	const { objects } = await client.listCoins({ owner: me, limit: 1 });
	const tx = reserve((tx) => tx.object(Inputs.SharedObjectRef({
		objectId: network.system, initialSharedVersion: object.owner.Shared.initialSharedVersion, mutable: true,
	})));
	tx.setGasPrice(1000);
	tx.setGasBudget(50_000_000);
	tx.setGasPayment([objects[0]]);
	const t = await execute(client, key, tx);
	assert.equal(t.status.success, false);
	assert.equal(t.status.error.$kind, 'MoveAbort');
	assert.equal(t.status.error.command, 1);
	assert.equal(t.status.error.MoveAbort.location.package, floe.id);
	assert.equal(t.status.error.MoveAbort.location.module, 'system');
	assert.equal(t.status.error.MoveAbort.location.functionName, 'check_open');
	const status = bcs.TransactionEffects.parse(t.effects.bcs).V2.status.Failure;
	assert.equal(status.error.MoveAbort[1], t.status.error.MoveAbort.abortCode);
	assert.equal(status.command, '1');
	assert.ok(t.effects.changedObjects.every((o) => o.idOperation === 'None'));
	assert.ok(BigInt(t.effects.gasUsed.computationCost) > 0n);
}

async function refusals(client, key) {
	const me = key.toSuiAddress();
	const tx = new Transaction();
	tx.setSender(me);
	tx.transferObjects([tx.splitCoins(tx.gas, [1])], me);
	const bytes = await tx.build({ client });
	const stranger = Ed25519Keypair.fromSecretKey(new Uint8Array(32).fill(99));
	const { signature: wrong } = await stranger.signTransaction(bytes);
	await assert.rejects(client.executeTransaction({ transaction: bytes, signatures: [wrong] }), { code: 'INVALID_ARGUMENT', message: /signature/i });
	await assert.rejects(client.executeTransaction({ transaction: bytes.slice(1), signatures: [wrong] }), { code: 'INVALID_ARGUMENT' });
	await assert.rejects(client.executeTransaction({ transaction: bytes, signatures: [] }), { code: 'INVALID_ARGUMENT' });
	// Another transaction takes the coin first: this one's version of it is gone.
	const { signature } = await key.signTransaction(bytes);
	const other = new Transaction();
	other.transferObjects([other.splitCoins(other.gas, [2])], me);
	other.setGasPayment(Transaction.from(bytes).getData().gasData.payment);
	succeeded(await execute(client, key, other));
	await assert.rejects(client.executeTransaction({ transaction: bytes, signatures: [signature] }), { code: 'INVALID_ARGUMENT', message: /needs to be rebuilt/ });
	await assert.rejects(client.getTransaction({ digest: '11111111111111111111111111111111' }), /not ?found/i);
	await assert.rejects(client.ledgerService.getObject({ objectId: '0x6', readMask: { paths: ['nothing'] } }).response, { code: 'INVALID_ARGUMENT', message: /read_mask/ });
	await assert.rejects(client.ledgerService.getObject({ objectId: 'six' }).response, { code: 'INVALID_ARGUMENT', message: /object_id/ });
	await assert.rejects(client.ledgerService.getCheckpoint({ checkpointId: { oneofKind: 'sequenceNumber', sequenceNumber: 1n << 40n } }).response, { code: 'NOT_FOUND' });
	await assert.rejects(client.defaultNameServiceName({ address: me }), { code: 'UNIMPLEMENTED' });
}

async function subscription(client, key) {
	const leave = new AbortController();
	const call = client.subscriptionService.subscribeCheckpoints(
		{ readMask: { paths: ['sequence_number', 'transactions.digest', 'transactions.events'] } }, { abort: leave.signal },
	);
	call.status.catch(() => {}); // it ends when we leave
	call.trailers.catch(() => {});
	await call.headers; // now it has begun
	const tx = new Transaction();
	const coin = tx.moveCall({ target: `${setup.wal}::faucet::mint`, arguments: [tx.object(setup.treasury), tx.pure.u64(1)] });
	tx.transferObjects([coin], key.toSuiAddress());
	const t = succeeded(await execute(client, key, tx));
	let last;
	for await (const { cursor, checkpoint } of call.responses) {
		assert.equal(cursor, checkpoint.sequenceNumber);
		if (last !== undefined) assert.equal(cursor, last + 1n);
		last = cursor;
		if (checkpoint.transactions.some((x) => x.digest === t.digest)) break;
	}
	leave.abort();
	const { Transaction: sealed } = await client.getTransaction({ digest: t.digest });
	assert.equal(sealed.checkpoint, String(last));
	assert.ok(sealed.timestampMs > 0);
}
