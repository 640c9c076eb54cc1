package work

import (
	"container/list"
	"sync"
)

// Cache keeps the values used last, up to a bound on the sum of their sizes. It is safe for concurrent use.
type Cache[K comparable, V any] struct {
	limit int64

	mu    sync.Mutex
	size  int64
	items map[K]*list.Element
	order *list.List // of item[K, V], the one used last in front
}

type item[K comparable, V any] struct {
	key   K
	value V
	size  int64
}

// NewCache makes an empty cache; limit bounds the sum of sizes.
func NewCache[K comparable, V any](limit int64) *Cache[K, V] {
	return &Cache[K, V]{limit: limit, items: make(map[K]*list.Element), order: list.New()}
}

// Get returns a value and notes that it was used.
func (c *Cache[K, V]) Get(key K) (v V, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.items[key]
	if !ok {
		return v, false
	}
	c.order.MoveToFront(e)
	return e.Value.(*item[K, V]).value, true
}

// Add keeps a value unless it is larger than the whole cache.
func (c *Cache[K, V]) Add(key K, value V, size int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
	if size > c.limit {
		return
	}
	for c.size+size > c.limit {
		c.drop(c.order.Back().Value.(*item[K, V]).key)
	}
	c.items[key] = c.order.PushFront(&item[K, V]{key: key, value: value, size: size})
	c.size += size
}

// Remove forgets a key.
func (c *Cache[K, V]) Remove(key K) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.drop(key)
}

// drop forgets a key. The caller holds mu.
func (c *Cache[K, V]) drop(key K) {
	if e, ok := c.items[key]; ok {
		c.order.Remove(e)
		delete(c.items, key)
		c.size -= e.Value.(*item[K, V]).size
	}
}
