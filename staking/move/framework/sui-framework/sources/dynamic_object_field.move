/// Dynamic fields whose values are objects that keep their id, so that they can be found from outside.
module sui::dynamic_object_field;

use sui::dynamic_field;

/// Keeps names of object fields apart from names of plain ones.
public struct Wrapper<Name> has copy, drop, store {
    name: Name,
}

/// Adds a field. Aborts in `sui::dynamic_field` when there is one of that name.
public fun add<Name: copy + drop + store, Value: key + store>(
    object: &mut UID,
    name: Name,
    value: Value,
) {
    let key = Wrapper { name };
    dynamic_field::add(object, key, object::id(&value));
    let (field, _) = dynamic_field::field_info(object, key);
    dynamic_field::add_child_object(field.to_address(), value)
}

/// The field's object. Aborts in `sui::dynamic_field` when there is none, or one of another type.
public fun borrow<Name: copy + drop + store, Value: key + store>(object: &UID, name: Name): &Value {
    let (field, id) = dynamic_field::field_info(object, Wrapper { name });
    dynamic_field::borrow_child_object(field, id)
}

/// The field's object, for writing. Aborts in `sui::dynamic_field` when there is none, or one of another type.
public fun borrow_mut<Name: copy + drop + store, Value: key + store>(
    object: &mut UID,
    name: Name,
): &mut Value {
    let (field, id) = dynamic_field::field_info_mut(object, Wrapper { name });
    dynamic_field::borrow_child_object_mut(field, id)
}

/// Takes the field away. Aborts in `sui::dynamic_field` when there is none, or one of another type.
public fun remove<Name: copy + drop + store, Value: key + store>(
    object: &mut UID,
    name: Name,
): Value {
    let key = Wrapper { name };
    let (field, id) = dynamic_field::field_info(object, key);
    let value = dynamic_field::remove_child_object(field.to_address(), id);
    dynamic_field::remove<Wrapper<Name>, ID>(object, key);
    value
}

/// Whether there is a field of that name.
public fun exists_<Name: copy + drop + store>(object: &UID, name: Name): bool {
    dynamic_field::exists_with_type<Wrapper<Name>, ID>(object, Wrapper { name })
}

/// Whether there is a field of that name with an object of that type.
public fun exists_with_type<Name: copy + drop + store, Value: key + store>(
    object: &UID,
    name: Name,
): bool {
    if (!exists_(object, name)) return false;
    let (field, id) = dynamic_field::field_info(object, Wrapper { name });
    dynamic_field::has_child_object_with_ty<Value>(field.to_address(), id)
}

/// The id of the field's object, if there is one.
public fun id<Name: copy + drop + store>(object: &UID, name: Name): Option<ID> {
    if (!exists_(object, name)) return option::none();
    let (_, id) = dynamic_field::field_info(object, Wrapper { name });
    option::some(id.to_id())
}
