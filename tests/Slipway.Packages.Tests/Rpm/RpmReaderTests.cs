using Slipway.Content;

namespace Slipway.Packages.Tests.Rpm;

public sealed class RpmReaderTests
{
    [Theory]
    [InlineData("w9.gzdio")]
    [InlineData("w2.xzdio")]
    [InlineData("w3.zstdio")]
    public void An_rpm_of_each_compression_is_read_whole(string payload)
    {
        using var temp = new TempDirectory();
        var rpm = Make(temp, payload);
        var record = PackageFile.Read(rpm);
        Assert.Equal(("greet", "2:1.5~rc1-3", "x86_64", "greet"), (record.Name, record.Version, record.Architecture, record.Source));
        Assert.Equal(Query(rpm, "[%{REQUIRENEVRS}\\n]"), record.Requires);
        Assert.Equal(Query(rpm, "[%{PROVIDENEVRS}\\n]"), record.Provides);
        Assert.Equal(Query(rpm, "[%{CONFLICTNEVRS}\\n]"), record.Conflicts);
        Assert.Equal(Query(rpm, "[%{OBSOLETENEVRS}\\n]"), record.Replaces);
        Assert.Equal(Query(rpm, "[%{RECOMMENDNEVRS}\\n]"), record.Recommends);
        Assert.Equal(Query(rpm, "%{SUMMARY}\\n%{LICENSE}\\n%{SIZE}\\n%{BUILDTIME}\\n%{BUILDHOST}\\n%{SOURCERPM}\\n%{ARCHIVESIZE}\\n"),
            [record.Summary, record.License, $"{record.InstalledSize}", $"{record.BuildTime}", record.Rpm!.BuildHost, record.Rpm.SourceRpm, $"{record.Rpm.ArchiveSize}"]);
        Assert.Equal(["first entry"], record.Rpm.Changelog.Select(c => c.Text.TrimStart('-', ' ')));
        Assert.Equal(Digest.OfFile(rpm), record.Digest);
        Assert.False(record.Rpm.HasSignature);

        var files = PackageFile.Files(rpm);
        Assert.Equal(Query(rpm, "[%{FILENAMES}|%{FILEMODES:octal}|%{FILEUSERNAME}|%{FILEGROUPNAME}|%{FILESIZES}|%{FILEDIGESTS}|%{FILELINKTOS}|%{FILEFLAGS}\\n]"),
            files.Select(f => $"{f.Path}|{Convert.ToString(FileStat.TypeBits(f.Type) | f.Mode, 8).PadLeft(6, '0')}|{f.Owner}|{f.Group}|{f.Size}|{f.Digest}|{f.LinkTarget}|{f.Flags}"),
            (a, b) => a == b || a.Replace("|0", "|", StringComparison.Ordinal) == b.Replace("|0", "|", StringComparison.Ordinal));
        Assert.Equal(
        [
            "etc/greet.conf Regular 600 " + Payload.DigestOf("x=1\n"),
            "usr/bin/greet Regular 755 " + Payload.DigestOf("#!/bin/sh\necho hello\n"),
            "usr/bin/hail HardLink 755 usr/bin/greet",
            "usr/bin/hi Symlink 777 greet",
            "usr/bin/howl HardLink 755 usr/bin/greet",
            "usr/share/greet Directory 755",
            "usr/share/greet/empty Regular 644 " + Payload.DigestOf(""),
        ], Payload.Lines(rpm));
    }

    [Fact]
    public void The_header_range_is_where_the_header_is_and_capabilities_become_the_attribute()
    {
        using var temp = new TempDirectory();
        var rpm = Make(temp, "w3.zstdio");
        var facts = PackageFile.Read(rpm).Rpm!;
        var bytes = File.ReadAllBytes(rpm);
        Assert.Equal([0x8e, 0xad, 0xe8, 0x01], bytes[(int)facts.HeaderStart..((int)facts.HeaderStart + 4)]);
        Assert.Equal([0x28, 0xb5, 0x2f, 0xfd], bytes[(int)facts.HeaderEnd..((int)facts.HeaderEnd + 4)]);
        var found = new Dictionary<string, byte[]>();
        PackageFile.ReadContent(rpm, (entry, _) =>
        {
            if (entry.Xattrs is { } xattrs) found[entry.Name.ToString()] = xattrs["security.capability"];
        });
        // cap_net_raw is number 13; permitted and effective.
        Assert.Equal(["etc/greet.conf"], found.Keys);
        Assert.Equal("0100000200200000000000000000000000000000", Convert.ToHexStringLower(found["etc/greet.conf"]));
    }

    [Fact]
    [Trait("long", "yes")]
    public void The_short_payload_form_of_large_files_is_read()
    {
        using var temp = new TempDirectory();
        var rpm = Make(temp, "w1.gzdio", "truncate -s 4400M %{buildroot}/usr/share/greet/empty");
        Assert.Equal(4400L << 20, PackageFile.Files(rpm).Single(f => f.Path.ToString().EndsWith("empty", StringComparison.Ordinal)).Size);
        var sizes = new Dictionary<string, long>();
        PackageFile.ReadContent(rpm, (entry, content) => sizes[$"{entry.Name} {entry.Type}"] = entry.Size);
        Assert.Equal(4400L << 20, sizes["usr/share/greet/empty Regular"]);
        Assert.Equal(21, sizes["usr/bin/greet Regular"]);
        Assert.Contains("usr/bin/howl HardLink", sizes.Keys);
    }

    [Fact]
    public void Every_truncation_and_every_flipped_byte_of_the_headers_ends_in_a_clear_error_or_a_record()
    {
        using var temp = new TempDirectory();
        var whole = File.ReadAllBytes(Make(temp, "w1.gzdio"));
        var refused = 0;
        for (var i = 0; i < whole.Length; i += 3 + i / 128)
        {
            refused += Refused(whole[..i]);
            var flipped = (byte[])whole.Clone();
            flipped[i] ^= (byte)(i % 2 == 0 ? 0x80 : 0x41);
            Refused(flipped);
        }
        Assert.True(refused > 100);

        int Refused(byte[] bytes)
        {
            var file = temp["bad.rpm"];
            File.WriteAllBytes(file, bytes);
            try
            {
                PackageFile.Read(file);
                PackageFile.Files(file);
                PackageFile.ReadContent(file, (_, content) => content?.CopyTo(Stream.Null));
                return 0;
            }
            catch (SlipwayException error)
            {
                Assert.Contains(file, error.What, StringComparison.Ordinal);
                return 1;
            }
        }
    }

    private static List<string> Query(string rpm, string format) =>
        [.. Tool.Run("rpm", "--nosignature", "--nodigest", "-qp", "--qf", format, rpm).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Trim())];

    internal static string Make(TempDirectory temp, string payload, string extra = "true")
    {
        var spec = temp["greet.spec"];
        File.WriteAllText(spec, $$"""
            %global _build_id_links none
            %global debug_package %{nil}
            %global __os_install_post %{nil}
            Name: greet
            Epoch: 2
            Version: 1.5~rc1
            Release: 3
            Summary: Says hello
            License: MIT
            BuildArch: x86_64
            Requires: /bin/sh, libc6 >= 2.3, (foo or bar >= 2)
            Requires(post): coreutils
            Provides: hello = 2:2
            Conflicts: old < 1
            Obsoletes: older <= 3
            Recommends: sugar
            %description
            Says hello at length.
            %install
            mkdir -p %{buildroot}/usr/bin %{buildroot}/usr/share/greet %{buildroot}/etc
            printf '#!/bin/sh\necho hello\n' > %{buildroot}/usr/bin/greet
            chmod 755 %{buildroot}/usr/bin/greet
            ln %{buildroot}/usr/bin/greet %{buildroot}/usr/bin/hail
            ln %{buildroot}/usr/bin/greet %{buildroot}/usr/bin/howl
            ln -s greet %{buildroot}/usr/bin/hi
            echo x=1 > %{buildroot}/etc/greet.conf
            touch %{buildroot}/usr/share/greet/empty
            {{extra}}
            %files
            %attr(600, root, wheel) %caps(cap_net_raw=ep) %config(noreplace) /etc/greet.conf
            /usr/bin/*
            %dir /usr/share/greet
            /usr/share/greet/empty
            %ghost /var/log/greet
            %changelog
            * Fri Nov 20 2026 Some One <one@example.org> - 1.5-3
            - first entry
            """);
        Tool.Run("rpmbuild", "-bb", "--quiet", "-D", $"_topdir {temp.Path}/top", "-D", $"_dbpath {temp.Path}/db", "-D", $"_binary_payload {payload}", spec);
        return temp["top", "RPMS", "x86_64", "greet-1.5~rc1-3.x86_64.rpm"];
    }
}
