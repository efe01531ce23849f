using System.Globalization;
using Slipway.Content;

namespace Slipway.Packages.Repositories;

/// <summary>A package's elements in the three documents of rpm-md.</summary>
internal static class RpmEntry
{
    // createrepo's default; what clients show.
    private const int ChangelogEntries = 10;
    private const uint GhostFlag = 64;

    public static byte[][] Parts(PackageRecord record, IReadOnlyList<PackagedFile> files, Digest digest, string path) =>
    [
        IndexXml.Fragment(xml => Primary(xml, record, files, digest, path)),
        IndexXml.Fragment(xml => FileList(xml, record, files, digest)),
        IndexXml.Fragment(xml => Other(xml, record, digest)),
    ];

    private static void Primary(IndexXml xml, PackageRecord record, IReadOnlyList<PackagedFile> files, Digest digest, string path)
    {
        var facts = Facts(record);
        xml.Open("package", ("type", "rpm"));
        xml.Element("name", record.Name);
        xml.Element("arch", Architecture(record));
        Version(xml, facts);
        xml.Element("checksum", digest.ToString(), ("type", "sha256"), ("pkgid", "YES"));
        xml.Element("summary", record.Summary);
        xml.Element("description", record.Description);
        xml.Element("packager", record.Packager);
        xml.Element("url", record.Url);
        // The file's own time would make the index depend on when it was copied; the build's does not.
        xml.Element("time", "", ("file", Number(record.BuildTime)), ("build", Number(record.BuildTime)));
        xml.Element("size", "", ("package", Number(record.Size)), ("installed", Number(record.InstalledSize)), ("archive", Number(facts.ArchiveSize)));
        xml.Element("location", "", ("href", path));
        xml.Open("format");
        xml.Element("rpm:license", record.License);
        xml.Element("rpm:vendor", facts.Vendor);
        xml.Element("rpm:group", facts.Group);
        xml.Element("rpm:buildhost", facts.BuildHost);
        xml.Element("rpm:sourcerpm", facts.SourceRpm);
        xml.Element("rpm:header-range", "", ("start", Number(facts.HeaderStart)), ("end", Number(facts.HeaderEnd)));
        Relations(xml, "rpm:provides", facts.Provides);
        Relations(xml, "rpm:requires", RpmRelations.Listed(facts, files), withBefore: true);
        Relations(xml, "rpm:conflicts", facts.Conflicts);
        Relations(xml, "rpm:obsoletes", facts.Obsoletes);
        Relations(xml, "rpm:suggests", facts.Suggests);
        Relations(xml, "rpm:enhances", facts.Enhances);
        Relations(xml, "rpm:recommends", facts.Recommends);
        Relations(xml, "rpm:supplements", facts.Supplements);
        foreach (var file in files)
            if (RpmRelations.InPrimary(file.Path.ToString())) WriteFile(xml, record, file);
        xml.Close();
        xml.Close();
    }

    private static void FileList(IndexXml xml, PackageRecord record, IReadOnlyList<PackagedFile> files, Digest digest)
    {
        Open(xml, record, digest);
        foreach (var file in files) WriteFile(xml, record, file);
        xml.Close();
    }

    private static void Other(IndexXml xml, PackageRecord record, Digest digest)
    {
        Open(xml, record, digest);
        // The header has the newest first, the document the oldest.
        foreach (var change in Facts(record).Changelog.Take(ChangelogEntries).Reverse())
            xml.Element("changelog", change.Text, ("author", change.Author), ("date", Number(change.Time)));
        xml.Close();
    }

    private static void Open(IndexXml xml, PackageRecord record, Digest digest)
    {
        xml.Open("package", ("pkgid", digest.ToString()), ("name", record.Name), ("arch", Architecture(record)));
        Version(xml, Facts(record));
    }

    private static void Version(IndexXml xml, RpmHeaderFacts facts) =>
        xml.Element("version", "", ("epoch", Number(facts.Epoch)), ("ver", facts.Version), ("rel", facts.Release));

    private static void Relations(IndexXml xml, string element, IReadOnlyList<RpmRelation> relations, bool withBefore = false)
    {
        if (relations.Count == 0) return;
        xml.Open(element);
        foreach (var relation in relations)
        {
            var attributes = new List<(string, string)> { ("name", relation.Name) };
            if (relation.Comparison is { } comparison)
            {
                var (epoch, version, release) = RpmRelations.Split(relation.Version);
                attributes.AddRange([("flags", comparison), ("epoch", epoch), ("ver", version)]);
                if (release.Length > 0) attributes.Add(("rel", release));
            }
            if (withBefore && relation.BeforeInstall) attributes.Add(("pre", "1"));
            xml.Element("rpm:entry", "", [.. attributes]);
        }
        xml.Close();
    }

    private static void WriteFile(IndexXml xml, PackageRecord record, PackagedFile file)
    {
        // What a source package holds has no place on a system.
        var path = (IsSource(record) ? file.Path.Relative : file.Path).ToString();
        if (file.Type == NodeType.Directory) xml.Element("file", path, ("type", "dir"));
        else if ((file.Flags & GhostFlag) != 0) xml.Element("file", path, ("type", "ghost"));
        else xml.Element("file", path);
    }

    private static string Architecture(PackageRecord record) => IsSource(record) ? "src" : record.Architecture;

    private static bool IsSource(PackageRecord record) => Facts(record).SourceRpm.Length == 0;

    private static RpmHeaderFacts Facts(PackageRecord record) =>
        record.Rpm ?? throw new SlipwayException($"package {record.FileName}", "it has no rpm header");

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
