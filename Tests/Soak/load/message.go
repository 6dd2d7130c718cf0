package main

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
)

// message is a protobuf message in both codecs: each field is named by its number and by its JSON name.
type message struct {
	binary []byte
	json   []string
}

func (m message) text(number uint64, name, value string) message {
	quoted, _ := json.Marshal(value)
	return m.with(lengthDelimited(number, []byte(value)), name, string(quoted))
}

func (m message) integer(number uint64, name string, value int64) message {
	field := binary.AppendUvarint(binary.AppendUvarint(nil, number<<3), uint64(value))
	return m.with(field, name, fmt.Sprintf(`"%d"`, value))
}

func (m message) inner(number uint64, name string, value message) message {
	return m.with(lengthDelimited(number, value.binary), name, string(value.inJSON()))
}

// list is a repeated field with one element.
func (m message) list(number uint64, name string, value message) message {
	return m.with(lengthDelimited(number, value.binary), name, "["+string(value.inJSON())+"]")
}

// choice is an enum's value, by its number and by its name.
func (m message) choice(number uint64, name string, value uint64, valueName string) message {
	return m.with(binary.AppendUvarint(binary.AppendUvarint(nil, number<<3), value), name, `"`+valueName+`"`)
}

func (m message) with(field []byte, name, value string) message {
	return message{
		binary: append(append([]byte(nil), m.binary...), field...),
		json:   append(append([]string(nil), m.json...), fmt.Sprintf(`"%s":%s`, name, value)),
	}
}

func (m message) inJSON() []byte { return []byte("{" + strings.Join(m.json, ",") + "}") }

func lengthDelimited(number uint64, value []byte) []byte {
	return append(binary.AppendUvarint(binary.AppendUvarint(nil, number<<3|2), uint64(len(value))), value...)
}

// field is one of an encoded message: a number, or bytes.
type field struct {
	number  uint64
	integer uint64
	bytes   []byte
}

// find gives the last field of a number; a zero one where there is none.
func find(encoded []byte, number uint64) (found field, err error) {
	for len(encoded) > 0 {
		var each field
		if each, encoded, err = next(encoded); err != nil {
			return field{}, err
		}
		if each.number == number {
			found = each
		}
	}
	return found, nil
}

func next(encoded []byte) (field, []byte, error) {
	tag, count := binary.Uvarint(encoded)
	if count <= 0 {
		return field{}, nil, errMalformed
	}
	encoded = encoded[count:]
	value, count := uint64(0), 0
	switch tag & 7 {
	case 0, 2:
		if value, count = binary.Uvarint(encoded); count <= 0 {
			return field{}, nil, errMalformed
		}
	case 1:
		value, count = 8, 0
	case 5:
		value, count = 4, 0
	default:
		return field{}, nil, errMalformed
	}
	encoded = encoded[count:]
	if tag&7 == 0 {
		return field{number: tag >> 3, integer: value}, encoded, nil
	}
	if value > uint64(len(encoded)) {
		return field{}, nil, errMalformed
	}
	return field{number: tag >> 3, bytes: encoded[:value]}, encoded[value:], nil
}

var errMalformed = fmt.Errorf("an answer is malformed")

// eventNumber reads the cursor from a WatchEventsResponse.
func eventNumber(answer []byte, isJSON bool) (int64, error) {
	if isJSON {
		var read struct {
			Event struct {
				Number int64 `json:"number,string"`
			} `json:"event"`
		}
		err := json.Unmarshal(answer, &read)
		return read.Event.Number, err
	}
	event, err := find(answer, 1)
	if err != nil {
		return 0, err
	}
	number, err := find(event.bytes, 2)
	return int64(number.integer), err
}
