"""(pure) ``$metadata``: the datasets as CSDL, the XML that tells OData clients their types, keys and words."""

from collections.abc import Iterable, Sequence
from typing import Protocol
from xml.etree import ElementTree as Xml

from dashboard.datasets.columns import Column, Type
from dashboard.odata.nodes import UNFILTERED

NAMESPACE = "Plumbline"
EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
EDM = "http://docs.oasis-open.org/odata/ns/edm"
CORE, CAPABILITIES, MEASURES = "Org.OData.Core.V1", "Org.OData.Capabilities.V1", "Org.OData.Measures.V1"
VOCABULARIES = "https://oasis-tcs.github.io/odata-vocabularies/vocabularies"
TYPES = {
    Type.TEXT: "Edm.String",
    Type.INTEGER: "Edm.Int64",
    Type.NUMBER: "Edm.Double",
    Type.BOOLEAN: "Edm.Boolean",
    Type.TIME: "Edm.DateTimeOffset",
    Type.DAY: "Edm.Date",
    Type.LIST: "Edm.String",  # JSON text: Tableau takes no collections
    Type.JSON: "Edm.String",
}


class Described(Protocol):
    """What a dataset says of itself."""

    @property
    def name(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def columns(self) -> Sequence[Column]: ...


def set_name(dataset: str) -> str:
    """A dataset's name as OData can write it: it has no hyphens in names."""
    return dataset.replace("-", "_")


def csdl(datasets: Iterable[Described]) -> bytes:
    Xml.register_namespace("edmx", EDMX)
    root = Xml.Element(f"{{{EDMX}}}Edmx", {"Version": "4.0"})
    for vocabulary in (CORE, CAPABILITIES, MEASURES):
        reference = Xml.SubElement(root, f"{{{EDMX}}}Reference", {"Uri": f"{VOCABULARIES}/{vocabulary}.xml"})
        Xml.SubElement(reference, f"{{{EDMX}}}Include", {"Namespace": vocabulary})
    services = Xml.SubElement(root, f"{{{EDMX}}}DataServices")
    schema = Xml.SubElement(services, "Schema", {"xmlns": EDM, "Namespace": NAMESPACE})
    container = Xml.Element("EntityContainer", {"Name": "Container"})
    for dataset in datasets:
        _type(schema, dataset)
        _set(container, dataset)
    schema.append(container)
    return bytes(Xml.tostring(root, encoding="utf-8", xml_declaration=True))


def _type(schema: Xml.Element, dataset: Described) -> None:
    kind = Xml.SubElement(schema, "EntityType", {"Name": f"{set_name(dataset.name)}_row"})
    Xml.SubElement(Xml.SubElement(kind, "Key"), "PropertyRef", {"Name": dataset.key})
    for column in dataset.columns:
        told = {"Name": column.name, "Type": TYPES[column.type]}
        if column.type is Type.TIME:
            told["Precision"] = "6"
        if not column.nullable or column.name == dataset.key:
            told["Nullable"] = "false"
        one = Xml.SubElement(kind, "Property", told)
        values = f" One of {', '.join(column.values)}." if column.values else ""
        _says(one, f"{CORE}.Description", column.text + values)
        if column.unit:
            _says(one, f"{MEASURES}.Unit", column.unit)


def _set(container: Xml.Element, dataset: Described) -> None:
    name = set_name(dataset.name)
    found = Xml.SubElement(container, "EntitySet", {"Name": name, "EntityType": f"{NAMESPACE}.{name}_row"})
    _says(found, f"{CORE}.Description", dataset.text)
    for what in ("Insert", "Update", "Delete"):
        _record(found, f"{what}Restrictions", {f"{what}able": "false"})
    _record(found, "ExpandRestrictions", {"Expandable": "false"})
    _record(found, "SearchRestrictions", {"Searchable": "false"})
    closed = [column.name for column in dataset.columns if column.type in UNFILTERED]
    _record(found, "FilterRestrictions", {"Filterable": "true"}, "NonFilterableProperties", closed)
    _record(found, "SortRestrictions", {"Sortable": "true"}, "NonSortableProperties", closed)


def _record(
    parent: Xml.Element, term: str, flags: dict[str, str], paths_of: str = "", paths: Sequence[str] = ()
) -> None:
    annotation = Xml.SubElement(parent, "Annotation", {"Term": f"{CAPABILITIES}.{term}"})
    record = Xml.SubElement(annotation, "Record")
    for name, value in flags.items():
        Xml.SubElement(record, "PropertyValue", {"Property": name, "Bool": value})
    if paths:
        found = Xml.SubElement(Xml.SubElement(record, "PropertyValue", {"Property": paths_of}), "Collection")
        for path in paths:
            Xml.SubElement(found, "PropertyPath").text = path


def _says(parent: Xml.Element, term: str, text: str) -> None:
    Xml.SubElement(parent, "Annotation", {"Term": term, "String": text})
