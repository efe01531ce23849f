using Slipway.Content;

namespace Slipway.Packages.Tests.Repositories;

/// <summary>Packages of the machine's distribution, and their content made into rpm and pacman packages by rpmbuild and makepkg.</summary>
internal sealed class DistributionPackages
{
    // With programs, libraries, an epoch, links, configuration, capabilities, many files and none.
    private static readonly string[] Names = ["adduser", "ca-certificates", "dash", "hello", "libcap2-bin", "libjs-underscore", "ncurses-base", "netbase", "python3-six"];

    private readonly TempDirectory _temp;

    public DistributionPackages(TempDirectory temp)
    {
        _temp = temp;
        var got = Tool.TryIn(temp.Make("debs"), [], "apt-get", ["-o", "APT::Sandbox::User=root", "-q", "download", .. Names]);
        if (!got.Succeeded) Assert.Skip("the machine's distribution does not answer: " + got.ErrorText);
        Debs = [.. Directory.EnumerateFiles(temp["debs"]).Order(StringComparer.Ordinal)];
        Assert.Equal(Names.Length, Debs.Count);
    }

    public IReadOnlyList<string> Debs { get; }

    /// <summary>Each with the relations that rpm itself finds in the files.</summary>
    public IReadOnlyList<string> Rpms() => [.. Some("adduser", "dash", "libcap2-bin", "ncurses-base").SelectMany(Rpm)];

    /// <summary>Made by the account that has no rights, since makepkg refuses root.</summary>
    public IReadOnlyList<string> Pacmans() => [.. Some("adduser", "libcap2-bin").Select(Pacman)];

    private IEnumerable<string> Some(params string[] names) => names.Select(name => Debs.Single(deb => Path.GetFileName(deb).StartsWith(name + "_", StringComparison.Ordinal)));

    private IEnumerable<string> Rpm(string deb)
    {
        var record = PackageFile.Read(deb);
        var top = _temp.Make("rpms", record.Name);
        var tree = Unpacked(deb, Path.Combine(top, "tree"));
        var files = Walk(tree).Select(entry => (entry.Stat.Type == NodeType.Directory ? "%dir " : entry.Path.StartsWith("etc/") ? "%config(noreplace) " : entry.Path.ToString().Contains("/doc/", StringComparison.Ordinal) ? "%doc " : "") + $"\"/{entry.Path}\"");
        var changes = Enumerable.Range(1, 14).Select(i => $"* {new DateTime(2026, 11, 20 - i):ddd MMM dd yyyy} Zoë <zoe&co@example.org> - {i}\n- change {i}: a < b & c > \"d\" 'e' ü %%\n- second line");
        File.WriteAllText(Path.Combine(top, "it.spec"), $"""
            Name: {record.Name}
            Epoch: 2
            Version: {record.Version.Split(':')[^1].Replace('-', '_')}
            Release: 3.test
            Summary: {record.Summary} & <more> "quoted" ü
            License: Apache-2.0 AND MIT
            URL: https://example.org/?a=1&b=2
            Vendor: Ünïcode & Söhne
            Packager: Zoë <zoe@example.org>
            Requires(post): /bin/sh
            Requires(pre,postun): coreutils >= 8
            Requires: (bash if dash else (sh or zsh))
            Provides: {record.Name}-api = 1:4.0-2, config({record.Name}) = 9
            Obsoletes: {record.Name}-old < 2
            Recommends: (a with b)
            %description
            {record.Description}
            A line with <angle> & ampersand.
            %install
            cp -a {tree}/. %buildroot/
            %post -p /bin/sh
            exit 0
            %files
            {string.Join('\n', files)}
            %ghost /var/cache/{record.Name}.ghost
            %changelog
            {string.Join('\n', changes)}
            """);
        Tool.RunIn(top, [("HOME", top)], "rpmbuild", "-ba", "-D", $"_topdir {top}", "-D", $"_rpmdir {top}/out", "-D", $"_srcrpmdir {top}/out", "-D", "debug_package %nil", "-D", "_build_id_links none", "-D", "_unpackaged_files_terminate_build 0", "-D", $"_dbpath {top}/db", Path.Combine(top, "it.spec"));
        return Directory.EnumerateFiles(Path.Combine(top, "out"), "*.rpm", SearchOption.AllDirectories);
    }

    private string Pacman(string deb)
    {
        var record = PackageFile.Read(deb);
        var top = _temp.Make("pacmans", record.Name);
        var tree = Unpacked(deb, Path.Combine(top, "tree"));
        File.WriteAllText(Path.Combine(top, "PKGBUILD"), $$"""
            pkgname={{record.Name}}
            pkgver={{record.Version.Split(':')[^1].Split('-')[0].Replace('~', '_')}}
            pkgrel=2
            epoch=1
            pkgdesc="{{record.Summary}} & <more> ü"
            arch=('{{(record.Architecture == "all" ? "any" : "x86_64")}}')
            url="https://example.org/?a=1&b=2"
            license=('Apache' 'custom:mine')
            groups=(base tools)
            depends=('glibc>=2.36' 'sh')
            makedepends=('gcc' 'make')
            checkdepends=('check')
            optdepends=('bash: for <scripts>' 'zsh')
            provides=("{{record.Name}}-api=4" 'libthing.so=2-64')
            conflicts=('worse<1:2')
            replaces=('older')
            backup=('etc/thing.conf')
            options=(!strip !debug)
            package() { cp -a {{tree}}/. "$pkgdir"/; }
            """);
        Tool.Run("chown", "-R", "nobody:nogroup", top);
        Tool.Run("chmod", "755", _temp.Path);
        Tool.RunIn(top, [("HOME", top), ("PKGEXT", ".pkg.tar.zst"), ("CARCH", "x86_64"), ("PACKAGER", "Zoë <zoe@example.org>"), ("SOURCE_DATE_EPOCH", "1700000000")],
            "setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "makepkg", "--nodeps", "--noconfirm");
        return Assert.Single(Directory.GetFiles(top, "*.pkg.tar.zst"));
    }

    private static string Unpacked(string deb, string tree)
    {
        Tool.Run("dpkg-deb", "-x", deb, tree);
        return tree;
    }

    private static List<TreeEntry> Walk(string directory)
    {
        using var tree = RootedTree.Open(directory);
        return [.. tree.Walk()];
    }
}
