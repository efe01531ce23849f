using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Slipway.Content;

namespace Slipway.Updates.Tests.Creation;

/// <summary>A realistic vector, too large to keep: made of packages that are fetched, compared by the hashes of what the original
/// engine made of them.</summary>
public sealed class DebianRecipeTests : IDisposable
{
    private static readonly string Recipe = Path.Combine(TestData.Vectors, "debian-recipe");
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Trait("long", "yes")]
    public void Real_packages_give_the_original_engines_manifests_files_packs_and_pairs()
    {
        var (code, output) = Run(Path.Combine(Recipe, "fetch"), _directory["debs"]);
        Assert.SkipUnless(code == 0, $"the packages are not to be had: {output}");
        File.WriteAllText(_directory["groups.ini"], "[os-core]\n[net]\n[tools]\n");
        File.WriteAllText(_directory["server.ini"], "[Debuginfo]\nbanned=true\nlib=/usr/lib/debug\nsrc=/usr/src/debug\n");
        Build(10, previous: 0);
        var pairs = Build(20, previous: 10).DeltaCandidates.Select(c => c.Pair.Name).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(Table("manifests.tsv").Select(row => $"{row[0]} {row[1]} {row[7]} {row[8]}"), Table("manifests.tsv").Select(ManifestLine));
        foreach (var row in Table("lists.tsv"))
        {
            var list = row[1].StartsWith("names of all", StringComparison.Ordinal) ? pairs : ListOf(row[0], row[1]);
            Assert.Equal($"{row[0]} {row[1]} {row[3]}", $"{row[0]} {row[1]} {Sha256(string.Concat(list.Select(line => line + "\n")))}");
        }
    }

    private CreateReport Build(uint version, uint previous)
    {
        Directory.CreateDirectory(_directory[$"image/{version}"]);
        var bundles = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach (var name in (string[])["os-core", "net", "tools"]) bundles[name] = new(StringComparer.Ordinal);
        using (var file = File.Create(_directory[$"image/{version}/full.tar"]))
        using (var tar = new TarWriter(file))
        {
            foreach (var row in Table("packages.tsv")) Unpack(row[0], row[version == 10 ? 1 : 3], row[5].Split(','), bundles, tar);
            Write(tar, bundles["os-core"], "/usr/lib/os-release", $"NAME=\"Test OS\"\nVERSION_ID={version}\n");
            Write(tar, bundles["os-core"], "/usr/share/clear/version", $"{version}");
            foreach (var (name, paths) in bundles) Write(tar, paths, $"/usr/share/clear/bundles/{name}", "");
            tar.Finish();
        }

        foreach (var (name, paths) in bundles) File.WriteAllText(_directory[$"image/{version}/{name}-info"], BundleInfo(name, paths));
        return ContentCreation.Create(new CreateOptions
        {
            StateDirectory = _directory.Path,
            Version = version,
            Previous = previous,
            Format = 30,
            Timestamp = 0,
            DeltasFrom = previous == 0 ? [] : [previous],
        }, TestContext.Current.CancellationToken);
    }

    private void Unpack(string package, string version, string[] owners, SortedDictionary<string, SortedSet<string>> bundles, TarWriter target)
    {
        var deb = Directory.GetFiles(_directory["debs"], $"{package}_{version.Replace(":", "%3a", StringComparison.Ordinal)}_*.deb").Single();
        using var process = Process.Start(new ProcessStartInfo("dpkg-deb", ["--fsys-tarfile", deb]) { RedirectStandardOutput = true })!;
        using (var tar = new TarReader(process.StandardOutput.BaseStream))
        {
            while (tar.Next() is { } entry)
            {
                var path = "/" + Encoding.UTF8.GetString(entry.Name.Relative.Span);
                if (path == "/") continue;
                target.Add(entry, tar.Content);
                foreach (var owner in owners) AddWithParents(bundles[owner], path);
            }
        }

        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    private static void Write(TarWriter tar, SortedSet<string> owner, string path, string content)
    {
        foreach (var parent in (string[])["/usr/share/clear", "/usr/share/clear/bundles"])
            if (path.StartsWith(parent + "/", StringComparison.Ordinal))
                tar.Add(new TarEntry { Name = BytePath.From("." + parent), Type = NodeType.Directory, Mode = 493 });
        tar.Add(new TarEntry { Name = BytePath.From("." + path), Type = NodeType.Regular, Mode = 420 }, Encoding.ASCII.GetBytes(content));
        AddWithParents(owner, path);
    }

    private static void AddWithParents(SortedSet<string> paths, string path)
    {
        for (; path.Length > 0 && paths.Add(path); path = path[..path.LastIndexOf('/')])
        {
        }
    }

    private static string BundleInfo(string name, IEnumerable<string> paths) => JsonSerializer.Serialize(new
    {
        Name = name,
        DirectIncludes = name == "tools" ? (string[])["net"] : [],
        Files = paths.ToDictionary(p => p, p => p.StartsWith("/bin/", StringComparison.Ordinal)
            || p.StartsWith("/usr/bin/", StringComparison.Ordinal) || p.StartsWith("/usr/local/bin/", StringComparison.Ordinal)),
    });

    private string ManifestLine(string[] row)
    {
        var text = File.ReadAllBytes(_directory[$"www/{row[0]}/{row[1]}"]);
        return $"{row[0]} {row[1]} {Digest.Of(text)} {SwupdHash.OfManifest(text)}";
    }

    private IEnumerable<string> ListOf(string version, string title)
    {
        if (title.StartsWith("files.txt", StringComparison.Ordinal))
            return Directory.GetFiles(_directory[$"www/{version}/files"]).Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal);
        var pack = title.Split(' ').Single(word => word.StartsWith("pack-", StringComparison.Ordinal));
        return PackReader.Read(_directory[$"www/{version}/{pack}"]).Select(m => "\t" + m.Name).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string[]> Table(string file) =>
        File.ReadAllLines(Path.Combine(Recipe, file)).Skip(1).Select(line => line.Split('\t'));

    private static string Sha256(string text) => Digest.Of(Encoding.ASCII.GetBytes(text)).ToString();

    private static (int Code, string Output) Run(string program, string argument)
    {
        using var process = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", "exec \"$0\" \"$1\" 2>&1", program, argument]) { RedirectStandardOutput = true })!;
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, string.Create(CultureInfo.InvariantCulture, $"{process.ExitCode}: {output}"));
    }
}
