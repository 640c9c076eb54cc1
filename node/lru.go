package node

import (
	"container/list"
	"sync"
)

// lru keeps the values used last, up to a bound on the sum of their sizes. It is safe for concurrent use.
type lru[K comparable, V any] struct {
	limit int64

	mu    sync.Mutex
	size  int64
	items map[K]*list.Element
	order *list.List // of lruItem[K, V], the one used last in front
}

type lruItem[K comparable, V any] struct {
	key   K
	value V
	size  int64
}

func newLRU[K comparable, V any](limit int64) *lru[K, V] {
	return &lru[K, V]{limit: limit, items: make(map[K]*list.Element), order: list.New()}
}

func (c *lru[K, V]) get(key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[key]
	if !ok {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*lruItem[K, V]).value, true
}

// add keeps a value unless it is larger than the whole cache.
func (c *lru[K, V]) add(key K, value V, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if size > c.limit {
		return
	}
	for c.size+size > c.limit {
		c.drop(c.order.Back().Value.(*lruItem[K, V]).key)
	}
	c.items[key] = c.order.PushFront(&lruItem[K, V]{key: key, value: value, size: size})
	c.size += size
}

func (c *lru[K, V]) remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
}

// drop forgets a key. The caller holds mu.
func (c *lru[K, V]) drop(key K) {
	if e, ok := c.items[key]; ok {
		c.order.Remove(e)
		delete(c.items, key)
		c.size -= e.Value.(*lruItem[K, V]).size
	}
}
