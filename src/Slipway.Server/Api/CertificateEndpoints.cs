using System.Globalization;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Slipway.Packages.Signing;
using Slipway.Server.Access;

namespace Slipway.Server.Api;

/// <summary>A change of a stream's certificates.</summary>
/// <param name="Certificate">Of an import: the signer's certificate, PEM.</param>
/// <param name="Key">Of an import: its private key, PEM.</param>
/// <param name="Trust">Of an import: what devices trust, PEM. Unset: the certificate.</param>
/// <param name="RootKey">The root's certificate and key, PEM, where they are kept elsewhere.</param>
/// <param name="Root">Change the root, not the signer.</param>
/// <param name="Fingerprint">What to revoke.</param>
internal sealed record CertificateOrder(string? Certificate, string? Key, string? Trust, string? RootKey, bool Root, string? Fingerprint);

/// <summary>The certificates that sign the update content of streams.</summary>
internal static class CertificateEndpoints
{
    private const string OfStream = "/api/v1/streams/{stream}/certificates";

    public static void Map(WebApplication application, ServerParts parts, Audit audit)
    {
        var signer = parts.Signer;
        IResult Rows(IReadOnlyList<ContentCertificate> all) => ApiJson.Of(all.Select(c => Row(c, parts.Database.Clock.GetUtcNow())));
        application.MapGet("/api/v1/certificates", () => Rows(signer.Certificates()));
        application.MapGet("/metrics", () => Results.Text(Metrics(signer.Certificates()), "text/plain; version=0.0.4"));
        application.MapPost(OfStream + "/create", (HttpContext context, string stream) =>
        {
            audit.Note(context, "make certificates", stream);
            return Rows(signer.Certificates(stream));
        }).AllowRole(Roles.Admin);
        application.MapPost(OfStream + "/import", (HttpContext context, string stream, CertificateOrder order) =>
        {
            if (order is not { Certificate: { } certificate, Key: { } key }) return ApiJson.Failure(400, $"keys of {stream}", "`certificate` and `key` are needed", "slipway keys import --help");
            audit.Note(context, "import certificate", stream);
            return Rows(signer.ImportCertificate(stream, new CertificateImport(certificate, key, order.Trust)));
        }).AllowRole(Roles.Admin);
        application.MapPost(OfStream + "/rotate", (HttpContext context, string stream, CertificateOrder order) =>
        {
            audit.Note(context, order.Root ? "rotate root certificate" : "rotate signer certificate", stream);
            return Rows(order.Root ? signer.RotateRoot(stream, order.RootKey) : signer.RotateSigner(stream, order.RootKey));
        }).AllowRole(Roles.Admin);
        application.MapPost(OfStream + "/revoke", (HttpContext context, string stream, CertificateOrder order) =>
        {
            audit.Note(context, "revoke certificate", $"{stream} {order.Fingerprint}");
            return Rows(signer.RevokeCertificate(stream, order.Fingerprint ?? ""));
        }).AllowRole(Roles.Admin);
    }

    private static object Row(ContentCertificate one, DateTimeOffset now) => new { one.Stream, one.Role, one.Fingerprint, one.Subject, one.From, one.Until, one.KeyHere, Advice = one.Advice(now) };

    private static string Metrics(IReadOnlyList<ContentCertificate> all)
    {
        var text = new StringBuilder("# HELP slipway_certificate_not_after_seconds When a certificate of update content ends, seconds since 1970.\n# TYPE slipway_certificate_not_after_seconds gauge\n");
        foreach (var one in all)
            text.Append(CultureInfo.InvariantCulture, $"slipway_certificate_not_after_seconds{{stream=\"{one.Stream}\",role=\"{one.Role.ToString().ToLowerInvariant()}\",fingerprint=\"{one.Fingerprint}\"}} {one.Until.ToUnixTimeSeconds()}\n");
        return text.ToString();
    }
}
