using System.Globalization;
using System.Text;
using Slipway.Content;
using Slipway.Packages;
using Slipway.Packages.Tests.Rpm;

namespace Slipway.Bench.Repositories;

/// <summary>Small package files with the metadata of usual ones: five dependencies, five files, a paragraph of description.</summary>
internal static class PackageTree
{
    // What is added after the first index: several, since a single measurement says little.
    private const int Extras = 5;
    private static readonly string[] Patterns = ["bin/{0}", "lib/{0}/plugin.so", "share/{0}/text", "share/doc/{0}/copyright", "share/man/man1/{0}.1"];

    public static Tree Ensure(string directory, PackageType type, int count, int most)
    {
        var name = type.ToString().ToLowerInvariant();
        var largest = Path.Combine(directory, "packages", $"{name}-{most}");
        var extras = Path.Combine(directory, "packages", $"{name}-extras");
        if (!Directory.Exists(largest)) Make(type, largest, 0, most);
        if (!Directory.Exists(extras)) Make(type, extras, 900_000, Extras);
        var tree = Path.Combine(directory, "packages", $"{name}-{count}");
        if (!Directory.Exists(tree)) LinkSome(largest, tree, count);
        return new(directory, tree, extras);
    }

    private static void LinkSome(string largest, string tree, int count)
    {
        using var parent = RootedTree.Open(Path.GetDirectoryName(tree)!);
        parent.MakeDirectory(BytePath.From(Path.GetFileName(tree)), 0x1ed);
        using var into = RootedTree.Open(tree);
        foreach (var file in Directory.EnumerateFiles(largest).Order(StringComparer.Ordinal).Take(count)) into.LinkFromOutside(file, BytePath.From(Path.GetFileName(file)));
    }

    private static void Make(PackageType type, string tree, int first, int count)
    {
        var making = tree + ".new";
        Directory.CreateDirectory(making);
        Parallel.For(first, first + count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            if (type == PackageType.Deb) MakeDeb(making, i);
            else if (type == PackageType.Rpm) MakeRpm(making, i);
            else MakePacman(making, i);
        });
        Directory.Move(making, tree);
    }

    private static string Name(int i) => string.Create(CultureInfo.InvariantCulture, $"package-{i:d6}");

    private static IEnumerable<int> Needed(int i) => Enumerable.Range(1, 5).Select(n => (i * 7 + n * 131) % 10_000);

    private static string Paragraph(int i) => string.Concat(Enumerable.Range(0, 40).Select(n => $"word{(i * 31 + n * 17) % 997} "));

    private static IEnumerable<(string Path, byte[] Content)> Files(int i) => Patterns.Select(pattern => ("usr/" + string.Format(CultureInfo.InvariantCulture, pattern, Name(i)), Encoding.UTF8.GetBytes(Paragraph(i) + pattern)));

    private static void MakeDeb(string tree, int i)
    {
        var control = $"Package: {Name(i)}\nVersion: 1.{i}-1\nArchitecture: amd64\nMaintainer: Slipway bench <bench@example.org>\nInstalled-Size: 12\nDepends: {string.Join(", ", Needed(i).Select(n => $"{Name(n)} (>= 1.0)"))}\n"
            + $"Section: utils\nPriority: optional\nHomepage: https://example.org/{Name(i)}\nDescription: package number {i}\n {Paragraph(i)}\n";
        using var file = File.Create(Path.Combine(tree, $"{Name(i)}_1.{i}-1_amd64.deb"));
        file.Write("!<arch>\n"u8);
        Member(file, "debian-binary", "2.0\n"u8.ToArray());
        Member(file, "control.tar.gz", Compressor.Compress(TarOf([("./control", Encoding.UTF8.GetBytes(control))]), Compression.Gzip));
        Member(file, "data.tar.gz", Compressor.Compress(TarOf(Files(i).Select(one => ("./" + one.Path, one.Content))), Compression.Gzip));
    }

    private static void Member(Stream file, string name, byte[] content)
    {
        file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{name,-16}{0,-12}{0,-6}{0,-6}{"100644",-8}{content.Length,-10}`\n")));
        file.Write(content);
        if (content.Length % 2 == 1) file.WriteByte((byte)'\n');
    }

    private static void MakePacman(string tree, int i)
    {
        var description = $"pkgname = {Name(i)}\npkgbase = {Name(i)}\npkgver = 1.{i}-1\npkgdesc = {Paragraph(i)}\nurl = https://example.org/{Name(i)}\nbuilddate = 1700000000\npackager = Slipway bench <bench@example.org>\nsize = 12000\narch = x86_64\nlicense = MIT\n"
            + string.Concat(Needed(i).Select(n => $"depend = {Name(n)}>=1.0\n"));
        File.WriteAllBytes(Path.Combine(tree, $"{Name(i)}-1.{i}-1-x86_64.pkg.tar.zst"), Compressor.Compress(TarOf([(".PKGINFO", Encoding.UTF8.GetBytes(description)), .. Files(i)]), Compression.Zstd));
    }

    private static byte[] TarOf(IEnumerable<(string Path, byte[] Content)> files)
    {
        var plain = new MemoryStream();
        using var tar = new TarWriter(plain, leaveOpen: true);
        foreach (var (path, content) in files)
            tar.Add(new TarEntry { Name = BytePath.From(path), Type = NodeType.Regular, Mode = 0x1a4, Size = content.Length, ModifiedUnix = 1_700_000_000 }, content);
        tar.Finish();
        return plain.ToArray();
    }

    // Written as the format says: rpmbuild takes minutes for ten thousand.
    private static void MakeRpm(string tree, int i)
    {
        var version = string.Create(CultureInfo.InvariantCulture, $"1.{i}");
        var needed = Needed(i).ToList();
        var rpm = new RpmBuilder(4)
        {
            Compression = Compression.Gzip,
            Header = tags =>
            {
                foreach (var (tag, text) in new[] { (1000, Name(i)), (1001, version), (1002, "1"), (1007, "bench.example.org"), (1011, "Slipway bench"), (1020, $"https://example.org/{Name(i)}"), (1022, "noarch"), (1044, $"{Name(i)}-{version}-1.src.rpm") })
                    tags[tag] = RpmBuilder.Text(text);
                tags[1004] = (9, 1, RpmBuilder.Text($"package number {i}").Value);
                tags[1005] = (9, 1, RpmBuilder.Text(Paragraph(i)).Value);
                tags[1006] = (4, 1, RpmBuilder.Big(1_700_000_000, 4));
                tags[1047] = RpmBuilder.Texts([Name(i)]);
                tags[1113] = RpmBuilder.Texts([$"{version}-1"]);
                // Requires, each "at least": greater and equal.
                tags[1048] = (4, needed.Count, [.. needed.SelectMany(_ => RpmBuilder.Big(12, 4))]);
                tags[1049] = RpmBuilder.Texts(needed.Select(Name));
                tags[1050] = RpmBuilder.Texts(needed.Select(_ => "1.0"));
            },
        };
        rpm.Files.AddRange(Files(i).Select(file => new RpmBuilder.FileEntry($"/{Path.GetDirectoryName(file.Path)}/", Path.GetFileName(file.Path), 0x81a4, Encoding.UTF8.GetString(file.Content))));
        File.WriteAllBytes(Path.Combine(tree, $"{Name(i)}-{version}-1.noarch.rpm"), rpm.Build());
    }
}
