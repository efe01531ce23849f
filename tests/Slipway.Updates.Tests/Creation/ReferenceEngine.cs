using System.Globalization;
using System.Text;
using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>The manifests of a version worked out a second time, slowly and step by step as the format says it (1.2 to 1.7), apart
/// from the engine. Only the hash of a node is shared.</summary>
internal sealed class ReferenceEngine
{
    private static readonly string[] Kernel = ["/boot/", "/usr/lib/modules/", "/usr/lib/kernel/"];

    /// <summary>Which build this is, a colon, those that exist besides the base, and the letter.</summary>
    private static readonly Dictionary<string, char> Letters = (
        "S:=. S:3=a S:4=c S:34=d S:A=i S:3A=j S:4A=k S:34A=l 3:3=e 3:34=f 3:3A=m 3:34A=n "
        + "4:4=g 4:34=h 4:4A=o 4:34A=p A:A=q A:3A=r A:4A=t A:34A=u").Split(' ').ToDictionary(p => p[..^2], p => p[^1]);

    private readonly Dictionary<(uint Version, string Name), Written> _written = [];

    /// <summary>One record; the name has the variant's directory in front.</summary>
    public sealed record Row(char Type, char Status, char Letter, char Mark, string Hash, uint Version, string Name);

    private sealed record Written(int Format, uint MinVersion, IReadOnlyList<string> Includes, IReadOnlyList<string> AlsoAdd, IReadOnlyList<Row> Rows);

    private sealed class Draft
    {
        public required string Name { get; init; }
        public List<string> Includes { get; init; } = [];
        public List<string> AlsoAdd { get; init; } = [];
        public ulong Size { get; set; }
        public uint Previous { get; set; }
        public int FileCount { get; set; }
        public bool Changed { get; set; }
        public List<Row> Rows { get; set; } = [];
    }

    /// <summary>The texts of all manifests that version has, by name; deleted and ghosted records included.</summary>
    public Dictionary<string, string> Build(TestRelease os, uint version, uint previous, uint minVersion, int format, long timestamp)
    {
        var oldMoM = _written.GetValueOrDefault((previous, "MoM"));
        var drafts = os.Bundles.Keys.Select(name => DraftOf(os, name)).ToList();
        foreach (var draft in drafts)
        {
            var row = oldMoM?.Rows.FirstOrDefault(r => r.Name == draft.Name);
            draft.Previous = row?.Version ?? (_written.ContainsKey((previous, draft.Name)) ? previous : 0);
            Compare(draft, _written.GetValueOrDefault((draft.Previous, draft.Name)), version, minVersion, format);
            draft.Changed |= draft.Previous == 0;
        }
        var full = new Draft { Name = "full", Previous = _written.ContainsKey((previous, "full")) ? previous : 0 };
        Fill(full, os, os.Nodes.Keys.Where(path => IsCarried(os, path)), _ => false);
        Compare(full, _written.GetValueOrDefault((full.Previous, "full")), version, minVersion, format);
        foreach (var row in drafts.Where(d => d.Changed).SelectMany(d => d.Rows).Where(r => r.Status != 'd'))
            full.Rows = [.. full.Rows.Select(r => r.Name == row.Name && r.Version < row.Version ? r with { Version = row.Version } : r)];

        var texts = new Dictionary<string, string>();
        var mom = new List<Row>();
        foreach (var draft in drafts)
        {
            if (!draft.Changed)
            {
                mom.Add(oldMoM!.Rows.First(r => r.Name == draft.Name));
                continue;
            }
            texts[draft.Name] = Write(draft, version, format, timestamp);
            var status = format > 26 && os.Bundles[draft.Name].Status == "Experimental" ? 'e' : '.';
            mom.Add(new Row('M', status, '.', '.', SwupdHash.OfManifest(Encoding.UTF8.GetBytes(texts[draft.Name])).ToString(), version, draft.Name));
        }
        texts["full"] = Write(full, version, format, timestamp);
        mom = [.. mom.OrderBy(r => r.Version).ThenBy(r => Key(r.Name), StringComparer.Ordinal)];
        var inherited = minVersion != 0 ? minVersion : oldMoM?.MinVersion ?? 0;
        _written[(version, "MoM")] = new Written(format, format >= 26 ? inherited : 0, [], [], mom);
        texts["MoM"] = Text(new Draft { Name = "MoM", Previous = previous, FileCount = mom.Count, Rows = mom }, version, format, timestamp, inherited);
        return texts;
    }

    /// <summary>What the manifest in force for a bundle says in a version.</summary>
    public IReadOnlyList<Row> InForce(uint version, string bundle) =>
        _written[(_written[(version, "MoM")].Rows.First(r => r.Name == bundle).Version, bundle)].Rows;

    public IEnumerable<string> BundlesOf(uint version) => _written[(version, "MoM")].Rows.Select(r => r.Name);

    public static string Strip(string name) => name.Length > 3 && name[..2] == "/V" && "34A".Contains(name[2]) && name[3] == '/' ? name[3..] : name;

    private static Draft DraftOf(TestRelease os, string name)
    {
        var bundle = os.Bundles[name];
        var draft = new Draft { Name = name, Includes = IncludesOf(os, name), AlsoAdd = [.. bundle.AlsoAdd.Where(os.Bundles.ContainsKey).Distinct()] };
        var included = new List<string>();
        for (var queue = new Queue<string>(draft.Includes); queue.TryDequeue(out var next);)
        {
            if (included.Contains(next)) continue;
            included.Add(next);
            foreach (var further in IncludesOf(os, next)) queue.Enqueue(further);
        }
        var own = bundle.Files.Keys.Where(path => os.Nodes.ContainsKey(path) && IsCarried(os, path)).ToList();
        var used = new HashSet<string>();
        foreach (var path in own.Where(path => os.Nodes[path].Entry.Type != NodeType.Directory))
            for (var parent = Parent(path); own.Contains(parent); parent = Parent(parent)) used.Add(parent);
        var others = included.Where(i => i != name).Select(i => os.Bundles[i].Files).ToList();
        Fill(draft, os, own.Where(path => os.Nodes[path].Entry.Type != NodeType.Directory
            ? !others.Any(o => o.ContainsKey(path))
            : !(included.Contains("os-core") && name != "os-core" && os.Bundles["os-core"].Files.ContainsKey(path)) && (used.Contains(path) || !others.Any(o => o.ContainsKey(path)))),
            path => bundle.Files[path]);
        return draft;
    }

    private static List<string> IncludesOf(TestRelease os, string name) => name == "os-core" ? []
        : ["os-core", .. os.Bundles[name].Includes.Where(i => i != "os-core" && os.Bundles.ContainsKey(i)).Distinct()];

    private static void Fill(Draft draft, TestRelease os, IEnumerable<string> paths, Func<string, bool> exported)
    {
        foreach (var path in paths)
        {
            var (entry, content) = os.Nodes[path];
            draft.Size += entry.Type switch { NodeType.Regular => (ulong)content.Length, NodeType.Symlink => (ulong)entry.LinkTarget.Length, _ => 0 };
            if (((string[])["/usr/lib/debug", "/usr/src/debug"]).Any(d => path.Length > d.Length && path.StartsWith(d, StringComparison.Ordinal))) continue;
            draft.Rows.Add(new Row(entry.Type switch { NodeType.Regular => 'F', NodeType.Symlink => 'L', _ => 'D' },
                '.', '.', exported(path) ? 'x' : '.', HashOf(entry, content), 0, path));
        }
    }

    private static void Compare(Draft draft, Written? old, uint version, uint minVersion, int format)
    {
        var before = (old?.Rows ?? []).ToDictionary(r => r.Name);
        var rows = new List<Row>();
        foreach (var row in draft.Rows)
        {
            var variant = Strip(row.Name) != row.Name || row.Name is "/V3" or "/V4" or "/VA";
            var same = before.GetValueOrDefault(row.Name);
            before.Remove(row.Name);
            var kept = same is { Status: '.' } && same.Hash == row.Hash && same.Version >= minVersion && (variant || same.Mark == row.Mark);
            rows.Add(row with { Version = kept ? same!.Version : version });
            if (!kept && !(variant && row.Type == 'D')) draft.Changed = true;
        }
        foreach (var gone in before.Values)
        {
            if (gone.Status == 'g' || (gone.Status == 'd' && old!.Format != format)) continue;
            var status = Kernel.Any(k => gone.Name.StartsWith(k, StringComparison.Ordinal)) ? 'g' : 'd';
            rows.Add(new Row('.', status, '.', gone.Mark, new string('0', 64), gone.Status == '.' ? version : gone.Version, gone.Name));
            if (gone.Status == '.') draft.Changed = true;
        }
        draft.Rows = rows;
        draft.FileCount = rows.Count;
        draft.Changed |= !draft.Includes.SequenceEqual(old?.Includes ?? []) || !draft.AlsoAdd.SequenceEqual(old?.AlsoAdd ?? []);
    }

    private string Write(Draft draft, uint version, int format, long timestamp)
    {
        var rows = new List<Row>();
        foreach (var group in draft.Rows.GroupBy(r => Strip(r.Name)))
        {
            var lost = group.Any(r => Strip(r.Name) != r.Name && r.Status != '.');
            var left = group.Where(r => r.Name is not ("/V3" or "/V4" or "/VA") && (Strip(r.Name) == r.Name || (r.Status == '.' && r.Type == 'F')))
                .Select(r => lost ? r with { Version = version } : r).ToList();
            var files = left.Where(r => r is { Type: 'F', Status: '.' }).ToList();
            var available = string.Concat("34A".Where(v => files.Any(f => f.Name == $"/V{v}{group.Key}")));
            foreach (var row in left)
            {
                if (!files.Contains(row)) rows.Add(row);
                else
                {
                    var which = row.Name == group.Key ? 'S' : row.Name[2];
                    rows.Add(row with { Letter = Letters[$"{which}:{available}"], Mark = files.FirstOrDefault(f => f.Name == group.Key)?.Mark ?? throw new InvalidOperationException($"{draft.Name}: {row.Name} has no base") });
                }
            }
        }
        draft.Rows = [.. rows.OrderBy(r => r.Version).ThenBy(r => Key(Strip(r.Name)), StringComparer.Ordinal).ThenBy(r => r.Name == Strip(r.Name) ? 0 : 1 + "34A".IndexOf(r.Name[2]))];
        _written[(version, draft.Name)] = new Written(format, 0, draft.Includes, format >= 29 ? draft.AlsoAdd : [], draft.Rows);
        return Text(draft, version, format, timestamp, 0);
    }

    private static string Text(Draft draft, uint version, int format, long timestamp, uint minVersion)
    {
        var text = new StringBuilder(string.Create(CultureInfo.InvariantCulture, $"MANIFEST\t{format}\nversion:\t{version}\nprevious:\t{draft.Previous}\n"));
        if (format >= 26 && minVersion != 0) text.Append(CultureInfo.InvariantCulture, $"minversion:\t{minVersion}\n");
        text.Append(CultureInfo.InvariantCulture, $"filecount:\t{draft.FileCount}\ntimestamp:\t{timestamp}\ncontentsize:\t{draft.Size}\n");
        foreach (var include in draft.Includes) text.Append(CultureInfo.InvariantCulture, $"includes:\t{include}\n");
        if (format >= 29) foreach (var also in draft.AlsoAdd) text.Append(CultureInfo.InvariantCulture, $"also-add:\t{also}\n");
        text.Append('\n');
        foreach (var row in draft.Rows) text.Append(CultureInfo.InvariantCulture, $"{row.Type}{row.Status}{row.Letter}{row.Mark}\t{row.Hash}\t{row.Version}\t{Strip(row.Name)}\n");
        return text.ToString();
    }

    private static bool IsCarried(TestRelease os, string path) =>
        os.Nodes[path].Entry.Type is NodeType.Regular or NodeType.Directory or NodeType.Symlink
        && !path[(path.LastIndexOf('/') + 1)..].Any(c => ";&|*`/<>\\\"'\a".Contains(c));

    private static string HashOf(TarEntry entry, byte[] content) => (entry.Type switch
    {
        NodeType.Directory => SwupdHash.OfDirectory((uint)entry.Mode, entry.Uid, entry.Gid),
        NodeType.Symlink => SwupdHash.OfLink(entry.Uid, entry.Gid, entry.LinkTarget.Span),
        _ => SwupdHash.OfFile((uint)entry.Mode, entry.Uid, entry.Gid, content),
    }).ToString();

    private static string Parent(string path) => path[..path.LastIndexOf('/')];

    private static string Key(string name) => Convert.ToHexString(Encoding.UTF8.GetBytes(name));
}
